"""Stories: which articles tell the same event. Pure; deepened later, known now by equal text or equal address."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from alerts.text import fold_words

FEWEST_WORDS = 25
"""Shorter texts are told apart by their titles too; with those they still need so many words to say that two are the same."""
FEWEST_WORDS_WITH_TITLE = 8

Kind = Literal["new", "copy", "same-story"]


def fingerprint(title: str, text: str) -> str | None:
    """Gives a key that is equal for texts that differ only in case, marks, punctuation and spacing; None for too short ones."""
    words = fold_words(text)
    if words.count(" ") + 1 < FEWEST_WORDS:
        words = f"{fold_words(title)} {words}".strip()
        if words.count(" ") + 1 < FEWEST_WORDS_WITH_TITLE:
            return None
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Decision:
    """Which story an article belongs to, and as what."""

    story: str
    kind: Kind


class StoryGrouper:
    """Decides one article after another; the first of a story gives it its name."""

    def __init__(self) -> None:
        self._by_text: dict[str, str] = {}
        self._by_url: dict[str, str] = {}

    def decide(self, article_id: str, *, url: str | None, title: str, text: str) -> Decision:
        """Gives the decision. `url` is the article's canonical address, if it has one."""
        key = fingerprint(title, text)
        story = self._by_url.get(url or "") or self._by_text.get(key or "")
        decision = Decision(story, "copy") if story is not None else Decision(article_id, "new")
        if url:
            self._by_url.setdefault(url, decision.story)
        if key:
            self._by_text.setdefault(key, decision.story)
        return decision
