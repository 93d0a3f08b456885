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


@pytest.mark.parametrize(
    ("label", "encoding", "text"),
    [
        pytest.param("iso-8859-8-i", "iso-8859-8", "שלום", id="logical Hebrew"),
        pytest.param("x-sjis", "cp932", "東京①", id="Japanese of Windows"),
        pytest.param("x-cp1251", "cp1251", "Москва", id="Cyrillic of Windows"),
        pytest.param("gb2312", "gbk", "囧", id="Chinese beyond its label"),
        pytest.param("ks_c_5601-1987", "cp949", "똠", id="Korean beyond its label"),
        pytest.param("big5-hkscs", "big5hkscs", "喺", id="Hong Kong's"),
        pytest.param("dos-874", "cp874", "ไทย", id="Thai"),
        pytest.param("iso-ir-126", "iso-8859-7", "Αθήνα", id="Greek"),
        pytest.param("x-mac-cyrillic", "mac-cyrillic", "Київ", id="an Apple's"),
        pytest.param("latin5", "cp1254", "Şişli", id="Turkish"),
        pytest.param("utf-8", "cp1252", "Ministère a été", id="no UTF-8, whatever it says"),
    ],
)
def test_label_that_browsers_know_is_known_for_one_short_title(label: str, encoding: str, text: str) -> None:
    assert text in decode(document(text, label).encode(encoding))


@pytest.mark.parametrize(
    "text",
    [
        "Le ministre a été reçu à Rabat",
        "Der Müller läuft über die Brücke",
        "Książę zażółcił gęślą",
        "Şişli’de görüştü",
    ],
)
def test_one_stray_byte_leaves_the_rest_as_declared(text: str) -> None:
    """A summary cut in the midst of a letter, in a feed of two short items."""
    body = document(text, "utf-8").encode().replace(b"</rss>", b"<title>caf\xc3</title></rss>")
    assert text in decode(body)


def test_stray_byte_in_another_charset_leaves_the_rest_as_declared() -> None:
    title = "外交部长会见了来访的代表团成员并讨论双边关系问题"
    body = document(title, "gb2312").encode("gbk").replace(b"</rss>", b"<title>\xff</title></rss>")
    assert title in decode(body)


def test_mark_of_utf16_before_utf8_is_passed_over() -> None:
    assert decode(codecs.BOM_UTF16_LE + document("été", None).encode()) == document("été", None)
    assert decode("\ufeff<rss>été</rss>".encode("utf-16-le")) == "<rss>été</rss>"
