"""What an edition quotes of an article: the sentences around what was looked for, else how the article begins. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.delivery.characters import shown
from alerts.delivery.excerpts import choose_excerpts
from alerts.values import TITLES, Document, Mention

LONGEST = 2_000
"""Of how an article begins."""
BETWEEN = " […] "


def quoted(document: Document, mentions: Sequence[Mention]) -> str:
    """Return the best sentences with mentions, in reading order; without any, the standfirst, summary or first paragraph."""
    excerpts = [one for one in choose_excerpts(document, mentions) if one.field not in TITLES]
    if excerpts:
        return _flat(BETWEEN.join(one.text for one in excerpts))
    for text in (document.lead, document.summary, document.description, *document.text.split("\n")):
        if text.strip() and _flat(text) != _flat(document.title):
            return _flat(text[:LONGEST])
    return ""


def _flat(text: str) -> str:
    return " ".join(shown(text).split())
