"""Links that lead on, and the forms of one article's address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.unwrapping import article_keys, is_sealed, unwrapped

ARTICLE = "https://gazette.example/2026/03/talks?id=7"


@pytest.mark.parametrize(
    "wrapped",
    [
        pytest.param(
            "https://www.google.com/url?rct=j&sa=t&url=https://gazette.example/2026/03/talks%3Fid%3D7&ct=ga&cd=CAE&usg=AOv",
            id="Google Alerts",
        ),
        pytest.param(
            "https://www.google.co.uk/url?q=https%3A%2F%2Fgazette.example%2F2026%2F03%2Ftalks%3Fid%3D7",
            id="q",
        ),
        pytest.param(
            "https://www.google.com/amp/s/gazette.example/2026/03/talks?id=7", id="Google's AMP viewer"
        ),
        pytest.param(
            "https://gazette-example.cdn.ampproject.org/c/s/gazette.example/2026/03/talks?id=7",
            id="AMP cache",
        ),
        pytest.param(
            "https://gazette-example.cdn.ampproject.org/v/s/gazette.example/2026/03/talks?id=7",
            id="AMP viewer",
        ),
        pytest.param(
            "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fgazette.example%2F2026%2F03%2Ftalks%3Fid%3D7&data=05",
            id="Outlook",
        ),
        pytest.param(
            "https://urldefense.proofpoint.com/v2/url?u=https-3A__gazette.example_2026_03_talks-3Fid-3D7&d=Dw",
            id="Proofpoint 2",
        ),
        pytest.param(
            "https://urldefense.com/v3/__https://gazette.example/2026/03/talks?id=7__;!!abc$",
            id="Proofpoint 3",
        ),
        pytest.param(
            "https://l.facebook.com/l.php?u=https%3A%2F%2Fgazette.example%2F2026%2F03%2Ftalks%3Fid%3D7&h=A",
            id="Facebook",
        ),
        pytest.param(
            "https://www.google.com/url?url=https://www.google.com/amp/s/gazette.example/2026/03/talks%3Fid%3D7",
            id="twice",
        ),
        pytest.param(ARTICLE, id="bare"),
    ],
)
def test_what_only_leads_on_is_peeled_off(wrapped: str) -> None:
    assert unwrapped(wrapped) == ARTICLE


@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.com/url?url=javascript:alert(1)",
        "https://www.google.com/search?q=x",
        "https://[broken",
    ],
)
def test_what_leads_nowhere_stays(url: str) -> None:
    assert unwrapped(url) == url


def test_sealed_links_are_told() -> None:
    assert is_sealed("https://news.google.com/rss/articles/CBMiXkFV?oc=5")
    assert is_sealed("https://t.co/abc")
    assert not is_sealed("https://news.google.com/home")
    assert not is_sealed(ARTICLE)


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        ("http://m.gazette.example/a/1?utm_source=x", "https://gazette.example/a/1"),
        ("https://amp.gazette.example/a/1", "https://www.gazette.example/a/1"),
        ("https://www.gazette.example/amp/a/1", "https://www.gazette.example/a/1"),
        ("https://gazette.example/a/1.amp.html", "https://gazette.example/a/1.html"),
        ("https://gazette.example/a/1/amp/", "https://gazette.example/a/1/"),
        ("https://gazette.example/a/1", "https://gazette.example/a/1/"),
        ("https://gazette.example/a/1", "https://mobile.gazette.example/a/1"),
    ],
)
def test_forms_of_one_address_meet(given_: str, stored: str) -> None:
    assert stored in article_keys(given_)
    assert len(article_keys(given_)) <= 30


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        keys = article_keys(f"https://gazette.example/{text}")
    except ValueError:
        return
    assert all(key.startswith("https://") for key in keys)
