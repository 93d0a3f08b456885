"""Pictures of editions' items: where an article has one, who fetches it, what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.stores.watch.access import touch_edition
from storage.tables import (
    Article,
    Edition,
    EditionItem,
    EditionState,
    ItemPicture,
    Outlet,
    PictureState,
)
from storage.troubles import Trouble

AT_ONCE = 500
UNSENT = (EditionState.DRAFT, EditionState.HELD, EditionState.APPROVED)


@dataclass(frozen=True, slots=True)
class NewPicture:
    """The picture of an article, to be fetched."""

    url: str
    caption: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """An item's picture. `state`: `wanted`, `had`, `failed` or `removed`."""

    state: str
    url: str
    caption: str
    credit: str
    width: int
    height: int
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class PictureClaim:
    """A picture to be fetched before `lease_until`, with the outlet's own access."""

    item_id: int
    url: str
    outlet: str
    lease_until: datetime
    outlet_id: int | None = None
    access: int = 0


def article_pictures(session: Session, article_ids: Collection[int]) -> dict[int, NewPicture]:
    """Return the pictures that the pages of articles name, by article."""
    found: dict[int, NewPicture] = {}
    ids = sorted(article_ids)
    for start in range(0, len(ids), AT_ONCE):
        rows = session.execute(
            sa_select(
                col(Article.id), col(Article.image), col(Article.photo_caption), col(Article.photo_credit)
            ).where(col(Article.id).in_(ids[start : start + AT_ONCE]), col(Article.image).is_not(None))
        )
        found |= {
            number: NewPicture(url, caption or "", credit or "")
            for number, url, caption, credit in rows
            if url
        }
    return found


def add_picture(session: Session, item_id: int, new: NewPicture, *, now: datetime) -> None:
    """Have the picture of an item fetched."""
    session.add(
        ItemPicture(item_id=item_id, url=new.url, caption=new.caption, credit=new.credit, wanted_at=now)
    )
    session.flush()


def copy_pictures(session: Session, copied: Mapping[int, int]) -> None:
    """Give copies of items their pictures: `copied` says which item became which."""
    ids = sorted(copied)
    for start in range(0, len(ids), AT_ONCE):
        rows = session.exec(
            select(ItemPicture).where(col(ItemPicture.item_id).in_(ids[start : start + AT_ONCE]))
        )
        session.add_all(
            ItemPicture(
                item_id=copied[row.item_id],
                url=row.url,
                caption=row.caption,
                credit=row.credit,
                state=row.state,
                body=row.body,
                width=row.width,
                height=row.height,
                trouble=row.trouble,
                wanted_at=row.wanted_at,
            )
            for row in rows.all()
        )
    session.flush()


def pictures_of(session: Session, edition_id: int) -> dict[int, StoredPicture]:
    """Return the pictures of an edition's items, by item."""
    rows = session.execute(
        sa_select(
            col(ItemPicture.item_id),
            col(ItemPicture.state),
            col(ItemPicture.url),
            col(ItemPicture.caption),
            col(ItemPicture.credit),
            col(ItemPicture.width),
            col(ItemPicture.height),
            col(ItemPicture.trouble),
        )
        .join(EditionItem, col(EditionItem.id) == col(ItemPicture.item_id))
        .where(col(EditionItem.edition_id) == edition_id)
    )
    return {number: StoredPicture(PictureState(state).value, *rest) for number, state, *rest in rows}


def picture_bodies(session: Session, edition_id: int) -> dict[int, bytes]:
    """Return the pictures that an edition shows, by item."""
    rows = session.execute(
        sa_select(col(ItemPicture.item_id), col(ItemPicture.body))
        .join(EditionItem, col(EditionItem.id) == col(ItemPicture.item_id))
        .where(
            col(EditionItem.edition_id) == edition_id,
            ~col(EditionItem.removed),
            col(ItemPicture.state) == PictureState.HAD,
        )
    )
    return {number: body for number, body in rows if body is not None}


def picture_body(session: Session, item_id: int) -> bytes | None:
    """Return an item's picture; None where it has none that was fetched."""
    row = session.get(ItemPicture, item_id)
    return row.body if row is not None and row.state == PictureState.HAD else None


def is_any_picture_wanted(session: Session, *, now: datetime) -> bool:
    """Return whether there is a picture to claim."""
    return session.execute(_wanted(now).limit(1)).first() is not None


def _wanted(now: datetime) -> Select[ItemPicture, str]:
    return (
        sa_select(ItemPicture, col(EditionItem.outlet))
        .join(EditionItem, col(EditionItem.id) == col(ItemPicture.item_id))
        .join(Edition, col(Edition.id) == col(EditionItem.edition_id))
        .where(
            col(ItemPicture.state) == PictureState.WANTED,
            or_(col(ItemPicture.lease_until).is_(None), col(ItemPicture.lease_until) <= now),
            ~col(EditionItem.removed),
            col(Edition.state).in_(UNSENT),
        )
    )


def claim_pictures(session: Session, *, now: datetime, lease: timedelta, limit: int) -> list[PictureClaim]:
    """Claim up to `limit` pictures that are wanted for editions which are not sent yet, the first wanted first."""
    rows = session.execute(
        _wanted(now)
        .order_by(col(ItemPicture.wanted_at), col(ItemPicture.item_id))
        .limit(limit)
        .with_for_update(skip_locked=True, of=ItemPicture)
    ).all()
    outlets = {
        name: (number, access)
        for number, name, access in session.execute(
            sa_select(col(Outlet.id), col(Outlet.name), col(Outlet.access_stamp)).where(
                col(Outlet.name).in_({outlet for _row, outlet in rows})
            )
        )
    }
    claims = []
    for row, outlet in rows:
        row.lease_until = now + lease
        number, access = outlets.get(outlet, (None, 0))
        claims.append(PictureClaim(row.item_id, row.url, outlet, now + lease, number, access))
    return claims


def put_picture(session: Session, claim: PictureClaim, body: bytes, *, width: int, height: int) -> bool:
    """Store a picture; return whether the claim still held."""
    return _conclude(
        session, claim, state=PictureState.HAD, body=body, width=width, height=height, trouble=None
    )


def put_no_picture(session: Session, claim: PictureClaim, trouble: Trouble) -> bool:
    """Note why a picture can't be used; return whether the claim still held."""
    return _conclude(session, claim, state=PictureState.FAILED, trouble=trouble)


def want_picture(session: Session, item_id: int, *, now: datetime) -> None:
    """Have an item's picture fetched again."""
    _touch(session, item_id)
    session.exec(
        update(ItemPicture)
        .where(col(ItemPicture.item_id) == item_id)
        .values(
            state=PictureState.WANTED,
            wanted_at=now,
            lease_until=None,
            body=None,
            trouble=None,
            width=0,
            height=0,
        )
    )


def take_picture(session: Session, item_id: int) -> None:
    """Take an item's picture away."""
    _touch(session, item_id)
    session.exec(
        update(ItemPicture)
        .where(col(ItemPicture.item_id) == item_id)
        .values(state=PictureState.REMOVED, lease_until=None, body=None, trouble=None)
    )


def are_pictures_awaited(session: Session, edition_id: int, *, since: datetime) -> bool:
    """Return whether an edition has pictures that were not fetched yet and are wanted since no longer."""
    found = session.exec(
        select(func.count())
        .select_from(ItemPicture)
        .join(EditionItem, col(EditionItem.id) == col(ItemPicture.item_id))
        .where(
            EditionItem.edition_id == edition_id,
            ~col(EditionItem.removed),
            col(ItemPicture.state) == PictureState.WANTED,
            col(ItemPicture.wanted_at) > since,
        )
    ).one()
    return found > 0


def _touch(session: Session, item_id: int) -> None:
    """Note whose private list the change is about, where it is about one."""
    edition_id = session.exec(select(EditionItem.edition_id).where(EditionItem.id == item_id)).first()
    if edition_id is not None:
        touch_edition(session, edition_id)


def _conclude(session: Session, claim: PictureClaim, **values: object) -> bool:
    changed = session.exec(
        update(ItemPicture)
        .where(
            col(ItemPicture.item_id) == claim.item_id,
            col(ItemPicture.state) == PictureState.WANTED,
            col(ItemPicture.lease_until) == claim.lease_until,
        )
        .values(lease_until=None, **values)
    )
    return bool(changed.rowcount)
