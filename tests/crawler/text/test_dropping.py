"""Elements taken out of pages as they come."""

from __future__ import annotations

import lxml.html
import pytest

from crawler.extract.host_rules import HostRules, read
from crawler.sources.lists.links import parse_page
from crawler.sources.mail.markup import read_markup
from crawler.text.dropping import drop

ODD = "<html><body><p>One&#1;<script>x</script>two&#2;<style>y</style>\x03three</p></body></html>"


def test_control_characters_around_what_is_dropped_are_no_error() -> None:
    page = lxml.html.document_fromstring(ODD.replace("\x03", ""))
    for element in list(page.iter("script", "style")):
        drop(element)
    assert page.text_content().replace("\x01", "").replace("\x02", "") == "Onetwothree"
    drop(page)
    assert page.getparent() is None


@pytest.mark.parametrize("body", [pytest.param(ODD, id="references"), pytest.param(f"\x01{ODD}", id="bytes")])
def test_mails_lists_and_pages_under_rules_are_read_nevertheless(body: str) -> None:
    mail, listed = read_markup(body), parse_page(body.encode(), "https://gazette.example/", None)
    assert mail is not None
    assert listed is not None
    page = lxml.html.document_fromstring(ODD)
    read(page, HostRules(host="gazette.example", remove=("//script",)))
    assert [tree.findall(".//script") for tree in (mail, listed, page)] == [[], [], []]
