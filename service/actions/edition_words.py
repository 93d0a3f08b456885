"""An edition as it is told and shown: the data that is sent, a mail's HTML or text, the JSON of exports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from alerts.delivery.payload import (
    Message,
    Period,
    ReviewData,
    ReviewFigure,
    ReviewItem,
    ReviewPart,
    ReviewPicture,
)
from alerts.delivery.render import Renderer
from alerts.review.corrections import changed
from alerts.review.values import BRIEF, EVENT
from service.actions.reviews import ShownReview
from service.channels import templates_folder
from service.locale import translator
from service.settings.models import Settings
from storage.stores.reviews.editions import NewEdition, NewItem, StoredEdition, StoredItem


def edition_data(edition: StoredEdition, review: ShownReview) -> ReviewData:
    """Return what is sent of an edition, as it stands."""
    listed = edition.listed
    return ReviewData(
        edition_id=listed.id,
        review=review.name,
        title=listed.title,
        intro=edition.intro,
        language=review.keys.language,
        zone=review.zone,
        due_at=listed.due_at,
        period=Period(since=listed.since, until=listed.until),
        sections=_parts(edition.sections, edition.shown),
        figures=_figures(edition.figures),
        colour=review.keys.colour,
        number=listed.number,
        revision=listed.revision,
        changes=() if edition.corrects is None else changed(edition.corrects.shown, edition.shown),
    )


def prepared_data(new: NewEdition, review: ShownReview) -> ReviewData:
    """Return what would be sent of an edition that is not stored."""
    return ReviewData(
        edition_id=0,
        review=review.name,
        title=new.title,
        intro=new.intro,
        language=review.keys.language,
        zone=review.zone,
        due_at=new.due_at,
        period=Period(since=new.since, until=new.until),
        sections=_parts(new.sections, new.items),
        figures=_figures(new.figures),
        colour=review.keys.colour,
    )


def edition_text(
    data: ReviewData,
    form: Literal["html", "txt"],
    settings: Settings,
    *,
    now: datetime,
    pictures: Mapping[int, bytes] | None = None,
) -> str:
    """Return an edition as the mail has it, in the review's language; `pictures` stand in its HTML itself."""
    message = Message(f"edition-{data.edition_id}", "review", now, data.review, data, pictures=pictures or {})
    renderer = Renderer(templates_folder(settings), spoken=translator)
    return renderer.html(message) if form == "html" else renderer.text(message)


def _parts(
    titles: tuple[str, ...], items: tuple[StoredItem, ...] | tuple[NewItem, ...]
) -> tuple[ReviewPart, ...]:
    def of(key: str) -> tuple[ReviewItem, ...]:
        return tuple(_item(item) for item in items if item.section == key)

    own = (
        ReviewPart(kind="section", title=title, items=of(str(place))) for place, title in enumerate(titles)
    )
    every = (ReviewPart(kind="event", items=of(EVENT)), *own, ReviewPart(kind="brief", items=of(BRIEF)))
    return tuple(part for part in every if part.items)


def _item(item: StoredItem | NewItem) -> ReviewItem:
    return ReviewItem(
        headline=item.headline,
        outlet=item.outlet,
        excerpt=item.excerpt,
        note=item.note,
        url=item.url or None,
        language=item.language,
        authors=item.authors,
        published_at=item.came_out_at,
        outlets=item.outlets,
        picture=_picture(item) if isinstance(item, StoredItem) else None,
    )


def _picture(item: StoredItem) -> ReviewPicture | None:
    """Return an item's picture where it was fetched; in brief there is none."""
    had = item.picture
    if had is None or had.state != "had" or item.section == BRIEF:
        return None
    return ReviewPicture(
        number=item.id,
        url=had.url,
        caption=had.caption,
        credit=had.credit,
        width=had.width,
        height=had.height,
    )


def _figures(figures: tuple[tuple[str, tuple[int, ...]], ...]) -> tuple[ReviewFigure, ...]:
    return tuple(ReviewFigure(watch_list=name, days=days) for name, days in figures)
