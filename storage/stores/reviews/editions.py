"""Editions of reviews: drafted, edited item by item, approved, held, sent; each change holds only where it is still due."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.reviews.pictures import (
    NewPicture,
    StoredPicture,
    add_picture,
    copy_pictures,
    pictures_of,
)
from storage.stores.watch.access import touch_edition, touch_review
from storage.tables import Edition, EditionFile, EditionItem, EditionState, Review
from storage.troubles import Trouble

OPEN = (EditionState.DRAFT, EditionState.HELD)
"""The states in which an edition may be edited."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to be stored."""

    section: str
    outlet: str
    headline: str
    excerpt: str = ""
    note: str = ""
    url: str = ""
    language: str | None = None
    authors: tuple[str, ...] = ()
    came_out_at: datetime | None = None
    article_id: int | None = None
    story_id: int | None = None
    outlets: int = 1
    corrects_id: int | None = None
    """The item that it is a copy of, picture included."""
    picture: NewPicture | None = None
    """To be fetched."""


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item of an edition. `version` counts the changes of its words."""

    id: int
    section: str
    article_id: int | None
    story_id: int | None
    outlet: str
    headline: str
    excerpt: str
    note: str
    url: str
    language: str | None
    authors: tuple[str, ...]
    came_out_at: datetime | None
    outlets: int
    removed: bool
    version: int
    edited_by: str
    corrects_id: int | None = None
    """In a correction: the item of the edition before that it was copied from."""
    picture: StoredPicture | None = None
    """None where it has none, or is not to have one."""


@dataclass(frozen=True, slots=True)
class NewEdition:
    """An edition to be stored."""

    review_id: int
    title: str
    since: datetime
    until: datetime
    due_at: datetime
    sections: tuple[str, ...]
    figures: tuple[tuple[str, tuple[int, ...]], ...]
    items: tuple[NewItem, ...]
    intro: str = ""
    first_id: int | None = None
    """Of a correction: the edition that was sent first."""
    revision: int = 1


@dataclass(frozen=True, slots=True)
class ListedEdition:
    """An edition in a list."""

    id: int
    review_id: int
    review: str
    state: str
    title: str
    since: datetime
    until: datetime
    due_at: datetime
    created_at: datetime
    approved_at: datetime | None
    approved_by: str
    sent_at: datetime | None
    item_count: int
    trouble: Trouble | None = None
    first_id: int | None = None
    """Of a correction: the edition that was sent first, whose number it has."""
    revision: int = 1

    @property
    def number(self) -> int:
        """What people call it: a correction has the number of what it corrects."""
        return self.first_id or self.id


@dataclass(frozen=True, slots=True)
class StoredEdition:
    """An edition as it stands; its items in reading order, those that were removed last."""

    listed: ListedEdition
    intro: str
    version: int
    """Counts the changes of its title and intro."""
    sections: tuple[str, ...]
    figures: tuple[tuple[str, tuple[int, ...]], ...]
    copies: Mapping[str, int] = field(default_factory=dict)
    items: tuple[StoredItem, ...] = ()
    corrects: StoredEdition | None = None
    """Of a correction: the edition as it was sent before."""

    @property
    def is_open(self) -> bool:
        """Whether it may be edited."""
        return self.listed.state in OPEN

    @property
    def shown(self) -> tuple[StoredItem, ...]:
        """Its items without those that were removed."""
        return tuple(item for item in self.items if not item.removed)


def add_edition(session: Session, new: NewEdition, *, now: datetime) -> int:
    """Store an edition as a draft; return its number."""
    touch_review(session, new.review_id)
    row = Edition(
        review_id=new.review_id,
        title=new.title,
        intro=new.intro,
        since=new.since,
        until=new.until,
        due_at=new.due_at,
        sections=list(new.sections),
        figures=[[name, list(days)] for name, days in new.figures],
        first_id=new.first_id,
        revision=new.revision,
        created_at=now,
    )
    session.add(row)
    session.flush()
    rows = [_new_row(id_of(row), place, item) for place, item in enumerate(new.items, 1)]
    session.add_all(rows)
    session.flush()
    for item_row, item in zip(rows, new.items, strict=True):
        if item.picture is not None:
            add_picture(session, id_of(item_row), item.picture, now=now)
    copy_pictures(session, {one.corrects_id: id_of(one) for one in rows if one.corrects_id is not None})
    return id_of(row)


def is_drafted(session: Session, review_id: int, due_at: datetime) -> bool:
    """Return whether there is an edition of a review that is due then."""
    query = select(Edition.id).where(Edition.review_id == review_id, Edition.due_at == due_at)
    return session.exec(query).first() is not None


def last_until(session: Session, review_id: int) -> datetime | None:
    """Return up to when the last edition of a review goes that was not dropped; None where there is none."""
    return session.exec(
        select(func.max(Edition.until)).where(
            Edition.review_id == review_id, col(Edition.state) != EditionState.DROPPED
        )
    ).one()


def list_editions(
    session: Session, *, review_id: int | None = None, before: int | None = None, limit: int
) -> list[ListedEdition]:
    """Return editions, the newest first: of one review or of all, with numbers below `before`."""
    query = sa_select(col(Edition.id)).order_by(col(Edition.id).desc()).limit(limit)
    if review_id is not None:
        query = query.where(col(Edition.review_id) == review_id)
    if before is not None:
        query = query.where(col(Edition.id) < before)
    return listed_editions(session, list(session.execute(query).scalars()))


def edition_of(session: Session, number: int) -> StoredEdition | None:
    """Return an edition; None where there is none of that number."""
    row = session.get(Edition, number)
    if row is None:
        return None
    session.refresh(row)
    (listed,) = listed_editions(session, [number])
    before = None if row.first_id is None else sent_revision(session, row.first_id, before=row.revision)
    items = session.exec(
        select(EditionItem)
        .where(EditionItem.edition_id == number)
        .order_by(col(EditionItem.place), col(EditionItem.id))
        .execution_options(populate_existing=True)
    )
    order = {"event": -1, "brief": len(row.sections)}
    pictures = pictures_of(session, number)
    return StoredEdition(
        listed=listed,
        intro=row.intro,
        version=row.version,
        sections=tuple(row.sections),
        figures=tuple((name, tuple(days)) for name, days in row.figures),
        copies=dict(row.copies),
        corrects=None if before is None else edition_of(session, before),
        items=tuple(
            sorted(
                (_item(item, pictures.get(id_of(item))) for item in items),
                key=lambda item: (item.removed, order.get(item.section, _place(item.section))),
            )
        ),
    )


def sent_revision(session: Session, first_id: int, *, before: int | None = None) -> int | None:
    """Return the newest revision of an edition that was sent, or the newest before one; None where there is none."""
    query = select(Edition.id).where(
        (col(Edition.id) == first_id) | (col(Edition.first_id) == first_id),
        col(Edition.state) == EditionState.SENT,
    )
    if before is not None:
        query = query.where(col(Edition.revision) < before)
    return session.exec(query.order_by(col(Edition.revision).desc(), col(Edition.id).desc())).first()


def open_correction(session: Session, first_id: int) -> int | None:
    """Return the correction of an edition that is not sent yet; None where there is none."""
    unsent = (*OPEN, EditionState.APPROVED)
    return session.exec(
        select(Edition.id).where(Edition.first_id == first_id, col(Edition.state).in_(unsent))
    ).first()


def edition_of_item(session: Session, item_id: int) -> int | None:
    """Return the number of the edition that an item is in; None where there is no such item."""
    return session.exec(select(EditionItem.edition_id).where(EditionItem.id == item_id)).first()


def lock_edition(session: Session, number: int) -> None:
    """Have other edits of an edition wait until this transaction ends."""
    touch_edition(session, number)
    session.exec(select(Edition.id).where(Edition.id == number).with_for_update()).first()


def add_item(session: Session, edition_id: int, item: NewItem, *, now: datetime | None = None) -> int:
    """Add an item at the end of its section; return its number. `now`: since when its picture is wanted, where it has one."""
    touch_edition(session, edition_id)
    last = session.exec(select(func.max(EditionItem.place)).where(EditionItem.edition_id == edition_id)).one()
    row = _new_row(edition_id, (last or 0) + 1, item)
    session.add(row)
    session.flush()
    if item.picture is not None and now is not None:
        add_picture(session, id_of(row), item.picture, now=now)
    return id_of(row)


def put_words(session: Session, item_id: int, words: Mapping[str, str], *, version: int, caller: str) -> bool:
    """Change an item's words where it is still of this version; return whether it was."""
    _touch_item(session, item_id)
    changed = session.exec(
        update(EditionItem)
        .where(col(EditionItem.id) == item_id, col(EditionItem.version) == version)
        .values(**words, version=version + 1, edited_by=caller)
    )
    return bool(changed.rowcount)


def put_head(session: Session, number: int, words: Mapping[str, str], *, version: int) -> bool:
    """Change an edition's title and intro where they are still of this version; return whether they were."""
    touch_edition(session, number)
    changed = session.exec(
        update(Edition)
        .where(col(Edition.id) == number, col(Edition.version) == version)
        .values(**words, version=version + 1)
    )
    return bool(changed.rowcount)


def set_removed(session: Session, item_id: int, *, removed: bool) -> None:
    """Take an item out of its edition, or back into it."""
    _touch_item(session, item_id)
    session.exec(update(EditionItem).where(col(EditionItem.id) == item_id).values(removed=removed))


def put_order(session: Session, edition_id: int, section: str, item_ids: Sequence[int]) -> None:
    """Put items into a section, in this order."""
    touch_edition(session, edition_id)
    for place, item_id in enumerate(item_ids, 1):
        session.exec(
            update(EditionItem)
            .where(col(EditionItem.id) == item_id, col(EditionItem.edition_id) == edition_id)
            .values(section=section, place=place)
        )


def put_state(
    session: Session, number: int, state: EditionState, *, only: Collection[EditionState], **values: object
) -> bool:
    """Give an edition a state where it is in one of `only`; return whether it was. Of several that try, one does."""
    touch_edition(session, number)
    changed = session.exec(
        update(Edition)
        .where(col(Edition.id) == number, col(Edition.state).in_(only))
        .values(state=state, **values)
    )
    return bool(changed.rowcount)


def mark_sent(
    session: Session, number: int, *, approved_at: datetime | None, now: datetime, copies: Mapping[str, int]
) -> bool:
    """Note that an edition is handed to its channels, in the transaction that does; return whether it was to be.

    It is, once, where it is still approved by the approval that `approved_at` was.
    """
    changed = session.exec(
        update(Edition)
        .where(
            col(Edition.id) == number,
            col(Edition.state) == EditionState.APPROVED,
            col(Edition.approved_at) == approved_at,
        )
        .values(state=EditionState.SENT, sent_at=now, copies=dict(copies), trouble=None)
    )
    return bool(changed.rowcount)


def editions_in(session: Session, state: EditionState, *, due: datetime) -> list[ListedEdition]:
    """Return the editions in a state whose time has come, the longest due first."""
    query = (
        sa_select(col(Edition.id))
        .where(col(Edition.state) == state, col(Edition.due_at) <= due)
        .order_by(col(Edition.due_at), col(Edition.id))
    )
    return listed_editions(session, list(session.execute(query).scalars()))


def put_trouble(session: Session, number: int, trouble: Trouble | None) -> None:
    """Note why an edition could not be printed or sent."""
    session.exec(update(Edition).where(col(Edition.id) == number).values(trouble=trouble))


def put_file(session: Session, number: int, kind: str, body: bytes) -> None:
    """Keep an edition as it was printed."""
    row = session.get(EditionFile, (number, kind))
    if row is None:
        session.add(EditionFile(edition_id=number, format=kind, body=body))
    else:
        row.body = body
    session.flush()


def files_of(session: Session, number: int) -> dict[str, bytes]:
    """Return an edition as it was printed, by format."""
    rows = session.exec(select(EditionFile).where(EditionFile.edition_id == number))
    return {row.format: row.body for row in rows}


@dataclass(frozen=True, slots=True)
class CopiedItem:
    """An item that was sent: of which outlet, to how many recipients, whether an excerpt was quoted."""

    outlet: str
    recipients: int
    has_excerpt: bool
    sent_at: datetime


def copied_items(session: Session, *, since: datetime, until: datetime) -> list[CopiedItem]:
    """Return the items of the editions that were sent in a time."""
    rows = session.execute(
        sa_select(
            col(EditionItem.outlet), col(Edition.copies), col(EditionItem.excerpt), col(Edition.sent_at)
        )
        .join(Edition, col(Edition.id) == col(EditionItem.edition_id))
        .where(
            col(Edition.state) == EditionState.SENT,
            col(Edition.sent_at) >= since,
            col(Edition.sent_at) < until,
            ~col(EditionItem.removed),
        )
    )
    return [
        CopiedItem(outlet, sum(copies.values()), bool(excerpt), sent_at)
        for outlet, copies, excerpt, sent_at in rows
    ]


def listed_editions(session: Session, ids: Sequence[int]) -> list[ListedEdition]:
    """Return the editions of these numbers, in their order."""
    counts = {
        row[0]: row[1]
        for row in session.execute(
            sa_select(col(EditionItem.edition_id), func.count())
            .where(col(EditionItem.edition_id).in_(ids), ~col(EditionItem.removed))
            .group_by(col(EditionItem.edition_id))
        )
    }
    rows = session.exec(
        select(Edition, Review.name)
        .join(Review, col(Review.id) == col(Edition.review_id))
        .where(col(Edition.id).in_(ids))
        .execution_options(populate_existing=True)
    )
    found = {
        id_of(row): ListedEdition(
            id=id_of(row),
            review_id=row.review_id,
            review=name,
            state=EditionState(row.state).value,
            title=row.title,
            since=row.since,
            until=row.until,
            due_at=row.due_at,
            created_at=row.created_at,
            approved_at=row.approved_at,
            approved_by=row.approved_by,
            sent_at=row.sent_at,
            item_count=counts.get(id_of(row), 0),
            trouble=row.trouble,
            first_id=row.first_id,
            revision=row.revision,
        )
        for row, name in rows
    }
    return [found[number] for number in ids if number in found]


def _touch_item(session: Session, item_id: int) -> None:
    number = edition_of_item(session, item_id)
    if number is not None:
        touch_edition(session, number)


def _place(section: str) -> int:
    return int(section) if section.isdecimal() else 0


def _new_row(edition_id: int, place: int, item: NewItem) -> EditionItem:
    return EditionItem(
        edition_id=edition_id,
        place=place,
        section=item.section,
        article_id=item.article_id,
        story_id=item.story_id,
        corrects_id=item.corrects_id,
        outlet=item.outlet,
        headline=item.headline,
        excerpt=item.excerpt,
        note=item.note,
        url=item.url,
        language=item.language,
        authors=list(item.authors),
        came_out_at=item.came_out_at,
        outlets=item.outlets,
    )


def _item(row: EditionItem, picture: StoredPicture | None) -> StoredItem:
    return StoredItem(
        id=id_of(row),
        section=row.section,
        article_id=row.article_id,
        story_id=row.story_id,
        outlet=row.outlet,
        headline=row.headline,
        excerpt=row.excerpt,
        note=row.note,
        url=row.url,
        language=row.language,
        authors=tuple(row.authors),
        came_out_at=row.came_out_at,
        outlets=row.outlets,
        removed=row.removed,
        version=row.version,
        edited_by=row.edited_by,
        corrects_id=row.corrects_id,
        picture=picture,
    )
