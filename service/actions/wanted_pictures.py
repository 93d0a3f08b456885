"""Which items of an edition are to have their articles' pictures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlmodel import Session

from alerts.review.values import BRIEF, RightsTable
from service.settings.review_models import ReviewKeys
from storage.stores.reviews.editions import NewItem
from storage.stores.reviews.pictures import article_pictures


def with_pictures(
    session: Session, items: Iterable[NewItem], keys: ReviewKeys, rights: RightsTable
) -> tuple[NewItem, ...]:
    """Return items with the pictures that are to be fetched: where the review has pictures and the outlet's licence allows it.

    What is told in brief has none.
    """
    given = tuple(items)
    if not keys.pictures:
        return given
    may = {
        item.article_id
        for item in given
        if item.article_id is not None and item.section != BRIEF and rights.of(item.outlet).shows_pictures
    }
    found = article_pictures(session, may)
    return tuple(
        replace(item, picture=found.get(item.article_id)) if item.article_id is not None else item
        for item in given
    )
