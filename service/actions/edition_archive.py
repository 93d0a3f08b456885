"""The archive of press reviews: editions found by words, days and review; and what a review's feed has of them."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from service.actions.errors import InvalidError
from service.actions.reviews import review_shown
from storage.language import _
from storage.stores.reviews.archive import EditionFilter, FoundEdition, find_editions

MOST_WORDS = 10
LONGEST = 200


def search_editions(
    session: Session,
    *,
    words: str = "",
    review: str | int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    only_sent: bool = False,
    before: int | None = None,
    limit: int,
) -> list[FoundEdition]:
    """Return editions, the newest first, in which all words stand in one headline, excerpt or line, or at the head.

    Raise `NotFoundError` for a review that is not there, `InvalidError` for too many words.
    """
    if len(words) > LONGEST or len(words.split()) > MOST_WORDS:
        raise InvalidError(
            _("search for at most {most} words, of {longest} characters", most=MOST_WORDS, longest=LONGEST),
            key="q",
        )
    wanted = EditionFilter(
        tuple(words.split()),
        None if review is None else review_shown(session, review).id,
        since,
        until,
        only_sent,
    )
    return find_editions(session, wanted, before=before, limit=limit)
