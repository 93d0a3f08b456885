"""Addresses in what people paste and send: lists, tables, mails, pages, lists of searches, feeds."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from crawler.unwrapping import is_sealed
from service.missed.addresses import (
    MOST_ADDRESSES,
    GivenAddresses,
    gather_addresses,
    read_addresses,
    read_text,
)

ONE, TWO = "https://gazette.example/a/1", "https://herald.example/b?id=2"
GOOGLE = "https://www.google.com/url?rct=j&sa=t&url=https://gazette.example/a/1&ct=ga&usg=AO"
HTML = f"""
<html><body><p><a href="https://monitor.example/"><img src="logo.png" alt="Monitor"></a></p>
<h2><a href="{GOOGLE.replace("&", "&amp;")}"><b>Talks</b> in Rabat</a></h2>
<p>Gazette <a href="https://www.facebook.com/sharer.php?u=x">f</a> <a href="{GOOGLE.replace("&", "&amp;")}">Read more</a></p>
<p><a href="{TWO}">Fisheries</a> <a href="https://pics.example/x.jpg">photo</a></p>
<p><a href="https://www.google.com/alerts?s=AB">See all results</a></p>
<div class="Footer-links"><a href="https://monitor.example/about/us">About us</a></div>
<p><a href="https://monitor.example/u/123">Se d&eacute;sabonner</a> <a href="https://monitor.example/p">إلغاء الاشتراك</a></p>
</body></html>"""
TEXT = f"""Your press review of Monday

1. Talks in Rabat
{ONE}?utm_source=mail.
2. Fisheries (see {TWO}), by the Herald
3. Home: https://gazette.example/

Unsubscribe: https://monitor.example/u/123
To manage your preferences, go to
https://monitor.example/p/123
--
Monitor https://monitor.example/sign/here
"""

RSS = f"<rss version='2.0'><channel><item><link>{ONE}</link></item><item><link>{TWO}</link></item></channel></rss>"


def mail(*, html: bool, transfer: str = "quoted-printable", charset: str = "utf-8") -> bytes:
    message = EmailMessage()
    message["Subject"] = "Alerte Google – Bourita"
    message["From"] = "Monitor <alerts@monitor.example>"
    message["List-Unsubscribe"] = "<https://monitor.example/list/unsubscribe>"
    message.set_content(TEXT, charset=charset, cte=transfer)
    if html:
        message.add_alternative(HTML, subtype="html", cte=transfer)
    return message.as_bytes()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"{ONE}\n{TWO}\n{ONE}#top\n".encode(), id="lines"),
        pytest.param(f"gazette.example/a/1\n{TWO}".encode(), id="without a scheme"),
        pytest.param(
            f'date,url,title\n2026-03-02,"{ONE}","Talks, again"\n2026-03-02,{TWO},x\n'.encode(), id="CSV"
        ),
        pytest.param(
            f"\ufeffTitre;Lien\r\nTalks;{ONE}\r\nÀ lire;{TWO}\r\n".encode(), id="CSV, semicolons, BOM"
        ),
        pytest.param(f"title\turl\nÉté\t{ONE}\n\t{TWO}\n".encode("cp1252"), id="TSV, Windows"),
        pytest.param(
            f"{ONE},Talks in Rabat\n{TWO},Fisheries\n".encode(), id="CSV without a header, addresses first"
        ),
        pytest.param(f"title\turl\nTalks\t{ONE}\nx\t{TWO}\n".encode("utf-16"), id="TSV, UTF-16"),
        pytest.param(f"- [Talks]({ONE}), [Fisheries]({TWO})".encode(), id="Markdown"),
        pytest.param(
            f"Talks <{GOOGLE}>\nFisheries <{TWO}>\nFlag as irrelevant <https://www.google.com/alerts/feedback?f=x>\n".encode(),
            id="Google's mail as text",
        ),
        pytest.param(TEXT.encode(), id="pasted text"),
        pytest.param(HTML.encode(), id="HTML"),
        pytest.param(
            HTML.replace("=", "=3D").replace("Read more", "Read =\nmore").encode(),
            id="quoted-printable, pasted",
        ),
        pytest.param(mail(html=True), id="EML, HTML"),
        pytest.param(mail(html=True, transfer="base64"), id="EML, base64"),
        pytest.param(mail(html=False), id="EML, text"),
        pytest.param(RSS.encode(), id="feed"),
    ],
)
def test_addresses_of_articles_are_read_and_nothing_else(body: bytes) -> None:
    found = read_addresses(body).addresses
    assert [address.partition("?utm")[0] for address in found] == [ONE, TWO]


def test_searches_of_an_opml_are_feeds() -> None:
    opml = b"""<opml version="2.0"><body><outline text="Searches">
    <outline type="rss" text="Bourita" xmlUrl="https://www.google.com/alerts/feeds/1/2"/></outline></body></opml>"""
    assert read_addresses(opml).feeds == ("https://www.google.com/alerts/feeds/1/2",)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\x00", b"no address here", b"<opml", b"<rss><channel>", b"a,b\n\0,c"]
)
def test_what_holds_none_gives_none(body: bytes) -> None:
    assert read_addresses(body).addresses == ()


@pytest.mark.parametrize(
    "link",
    [
        "https://news.google.com/rss/articles/CBMiXk?oc=5",
        "https://monitor.us1.list-manage.com/track/click?u=1&id=2&e=3",
        "https://u1.ct.sendgrid.net/ls/click?upn=abc",
    ],
)
def test_sealed_links_are_kept_to_be_told_of(link: str) -> None:
    assert read_text(f"Talks in Rabat {link}").addresses == (link,)
    assert is_sealed(link)


def test_searches_given_by_address_are_feeds() -> None:
    search = "https://www.google.com/alerts/feeds/1/2"
    given = gather_addresses([f" {search} ", "gazette.example/a/1", ""], [ONE.encode()])
    assert given == GivenAddresses(("gazette.example/a/1", ONE), (search,))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("(https://a.example/b_(c))", "https://a.example/b_(c)"),
        ("see https://a.example/x…", "https://a.example/x"),
        ("«https://a.example/x»", "https://a.example/x"),
        ("اقرأ https://a.example/x، ثم", "https://a.example/x"),
        ("記事 https://a.example/x。次の記事", "https://a.example/x"),
        ("https://a.example/x,2-a,3.html\nhttps://a.example/y,2-b,3.html", "https://a.example/x,2-a,3.html"),
    ],
)
def test_marks_of_the_sentence_are_no_part_of_an_address(text: str, address: str) -> None:
    assert read_text(text).addresses[0] == address


def test_too_many_are_counted() -> None:
    found = read_text("\n".join(f"https://a.example/{number}" for number in range(MOST_ADDRESSES + 5)))
    assert (len(found.addresses), found.left_out) == (MOST_ADDRESSES, 5)
