"""The charset of a document: what its bytes say, then the byte order mark, the header, the document, the likeliest."""

from __future__ import annotations

import codecs

import pytest

from crawler.text.charset import decode

RUSSIAN = "Министр иностранных дел принял коллегу"
FRENCH = "Le président reçoit une délégation étrangère à Rabat"


def document(text: str, declared: str | None) -> str:
    prolog = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return f"{prolog}<rss><title>{text}</title></rss>"


@pytest.mark.parametrize(
    ("text", "encoding", "header", "declared"),
    [
        pytest.param(RUSSIAN, "koi8-r", "koi8-r", "windows-1251", id="the header before the document"),
        pytest.param(RUSSIAN, "koi8-r", None, "koi8-r", id="the document where there is no header"),
        pytest.param(RUSSIAN, "koi8-r", "no-such-charset", "koi8-r", id="a header that means nothing"),
        pytest.param(RUSSIAN, "utf-8", "koi8-r", "windows-1251", id="bytes that are UTF-8 before both"),
        pytest.param(RUSSIAN, "utf-16", "utf-8", "windows-1251", id="a mark before both: UTF-16"),
        pytest.param(RUSSIAN, "utf-8-sig", "koi8-r", "koi8-r", id="a mark before both: UTF-8"),
        pytest.param(RUSSIAN, "utf-32", None, None, id="a mark: UTF-32, which begins like UTF-16"),
        pytest.param(FRENCH, "cp1252", None, None, id="nothing said: the likeliest"),
        pytest.param(FRENCH, "cp1252", "iso-8859-1", None, id="Latin-1 as browsers take it"),
    ],
)
def test_order(text: str, encoding: str, header: str | None, declared: str | None) -> None:
    content_type = f"text/xml; charset={header}" if header else "text/xml"
    body = document(text, declared).encode(encoding)
    assert text in decode(body, content_type=content_type)


def test_mark_is_no_part_of_the_text() -> None:
    assert decode(codecs.BOM_UTF8 + b"<rss/>") == "<rss/>"
