"""Where each reason leads on the page."""

from __future__ import annotations

import pytest

from service.missed.values import OutletProposal, Stop, StopKind, TracedArticle
from service.web.pages.missed import links_of

URL = "https://gazette.example/a/7"
PROPOSAL = OutletProposal("Gazette", "https://gazette.example", "https://gazette.example/rss")
OUTLET = "/outlets/one?name=Gazette"
NEW = "/outlets/new?address=https%3A%2F%2Fgazette.example%2Fa%2F7"
LIST = "/watch/list?name=Energy"


@pytest.mark.parametrize(
    ("stop", "addresses"),
    [
        (Stop(StopKind.NOT_FOLLOWED, facts={"host": "gazette.example"}), [NEW]),
        (Stop(StopKind.REMOVED, facts={"outlet": "Gazette"}), [NEW]),
        (Stop(StopKind.PAUSED, facts={"outlet": "Gazette"}), [OUTLET]),
        (Stop(StopKind.NOT_CARRIED, facts={"outlet": "Gazette"}), [OUTLET, NEW]),
        (Stop(StopKind.RULE, "Energy"), ["/watch/why?article=7&watch=Energy", LIST]),
        (Stop(StopKind.SILENCED, "Energy", {"alert": 3, "delivery": 4}), ["/alerts/3", "/deliveries/4", "/silences", LIST]),
        (Stop(StopKind.GROUPED, "Energy", {"alert": 3, "outlet": "Wire"}), ["/alerts/3", LIST]),
        (Stop(StopKind.NO_LISTS), []),
    ],
    ids=lambda value: value.kind if isinstance(value, Stop) else "",
)  # fmt: skip
def test_reason_leads_to_what_it_is_about(stop: Stop, addresses: list[str]) -> None:
    article = TracedArticle(URL, URL, (stop,), article_id=7)
    assert [link.address for link in links_of(stop, article, may_add=True)] == addresses
    readers = [address for address in addresses if address != NEW]
    assert [link.address for link in links_of(stop, article, may_add=False)] == readers


def test_outlet_with_a_button_to_follow_it_needs_no_link() -> None:
    stop = Stop(StopKind.NOT_FOLLOWED, facts={"host": "gazette.example"})
    article = TracedArticle(URL, URL, (stop,), proposal=PROPOSAL)
    assert links_of(stop, article, may_add=True) == ()
