"""A login's form is found, filled in as a browser does, and found again on a page for strangers."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from crawler.access.form import find_form

URL = "https://gazette.example/account/login?next=/"
SEARCH = "<form action=/search><input name=q></form>"


def page(form: str, head: str = "") -> bytes:
    return f"<html><head>{head}</head><body>{SEARCH}{form}</body></html>".encode()


@pytest.mark.parametrize(
    ("form", "head", "action"),
    [
        pytest.param("action=/enter", "", "https://gazette.example/enter", id="from the root"),
        pytest.param("action=enter", "", "https://gazette.example/account/enter", id="beside the page"),
        pytest.param("", "", URL, id="the page itself"),
        pytest.param(
            "action=enter", "<base href=/members/>", "https://gazette.example/members/enter", id="by a base"
        ),
        pytest.param("action=https://sso.example/in", "", "https://sso.example/in", id="elsewhere"),
    ],
)
def test_where_a_form_is_sent(form: str, head: str, action: str) -> None:
    body = page(f"<form method=POST {form}><input name=user><input name=password type=password></form>", head)
    found = find_form(body, URL, {"user", "password"})
    assert found is not None
    assert (found.action, found.method) == (action, "post")


def test_what_a_browser_sends_is_sent() -> None:
    body = page(
        "<form method=post><input type=hidden name=token value='a&b'><input name=user value=old><input name=pass type=password>"
        "<input type=checkbox name=stay checked><input type=checkbox name=ads><input type=file name=scan>"
        "<select name=site><option value=1>One<option value=2 selected>Two</select><input name=gone disabled value=1>"
        "<button name=do value=in>Log in</button><button name=do value=forget>Forgot</button></form>"
    )
    found = find_form(body, URL, {"user", "pass"})
    assert found is not None
    sent = parse_qsl(found.filled({"user": "désk", "pass": "s=1&2"}).decode(), keep_blank_values=True)
    assert sent == [
        ("token", "a&b"), ("stay", "on"), ("site", "2"), ("do", "in"), ("user", "désk"), ("pass", "s=1&2"),
    ]  # fmt: skip
    assert "a&b" not in repr(found)  # a token is a secret too


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"user password", id="words alone"),
        pytest.param(page("<form><input name=user></form><input name=password>"), id="a field outside"),
        pytest.param(b"\x00\xff<form><input name=user><input name=pass", id="broken"),
        pytest.param(b"<rss><item><title>user password</title></item></rss>", id="a feed"),
        pytest.param(b"<?xml version='1.0' encoding='odd'?><!-- user password", id="an odd declaration"),
    ],
)
def test_page_without_the_form_has_none(body: bytes) -> None:
    assert find_form(body, URL, {"user", "password"}) is None
