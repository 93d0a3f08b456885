"""Pictures of editions' items: an editor's word on each."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from alerts.review.values import RightsTable
from service.actions.acting import act
from service.actions.editions import item_shown, open_item
from service.actions.errors import ConflictError, InvalidError, NotFoundError
from storage.language import _
from storage.stores.reviews.editions import StoredItem
from storage.stores.reviews.pictures import picture_body, take_picture, want_picture


@act("edition", "change", told=("item_id",))
def fetch_picture_again(session: Session, item_id: int, *, rights: RightsTable, now: datetime) -> StoredItem:
    """Have an item's picture fetched again. Raise `InvalidError` where the outlet's licence does not allow it."""
    item = _with_picture(session, item_id)
    if not rights.of(item.outlet).shows_pictures:
        raise InvalidError(
            _("no licence allows pictures of {outlet}: see [[licences]]", outlet=item.outlet), key="picture"
        )
    want_picture(session, item_id, now=now)
    return item_shown(session, item_id)[1]


@act("edition", "change", told=("item_id",))
def remove_picture(session: Session, item_id: int) -> StoredItem:
    """Take an item's picture away; it can be fetched again. Raise `NotFoundError` where it has none."""
    item = _with_picture(session, item_id)
    if item.picture is not None and item.picture.state == "removed":
        raise ConflictError(_("the picture was removed already"), key="picture")
    take_picture(session, item_id)
    return item_shown(session, item_id)[1]


def picture_shown(session: Session, item_id: int) -> bytes:
    """Return an item's picture, a JPEG. Raise `NotFoundError` where it has none that was fetched."""
    item_shown(session, item_id)
    body = picture_body(session, item_id)
    if body is None:
        raise NotFoundError(_("the item {number} has no picture", number=item_id), key="picture")
    return body


def _with_picture(session: Session, item_id: int) -> StoredItem:
    _edition, item = open_item(session, item_id)
    if item.picture is None:
        raise NotFoundError(_("the item {number} has no picture", number=item_id), key="picture")
    return item
