"""Editions of press reviews: looked at, edited by one or several at once, approved.

An item's words carry a version: who edits an older one is told, and loses nothing. Order, adding and removing are steps of their
own, which nobody's words are lost by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session

from alerts.documents import archived_document
from alerts.review.corrections import changed
from alerts.review.drafting import cut_to
from alerts.review.passages import quoted
from alerts.review.values import BRIEF, EVENT, RightsTable
from crawler.urls import canonical_url
from service.actions.acting import act
from service.actions.errors import ConflictError, InvalidError, NotFoundError
from service.actions.reviews import review_shown
from service.actions.wanted_pictures import with_pictures
from storage.language import _
from storage.language import number as count
from storage.stores.articles.archive import archived_article
from storage.stores.reviews.editions import (
    OPEN,
    NewItem,
    StoredEdition,
    StoredItem,
    add_item,
    edition_of,
    edition_of_item,
    lock_edition,
    put_head,
    put_order,
    put_state,
    put_words,
    set_removed,
)
from storage.tables import EditionState

LONGEST_LINE = 1_000
LONGEST_TEXT = 20_000
Step = Literal["up", "down", "first", "last"]


@dataclass(frozen=True, slots=True)
class ItemWords:
    """What an editor writes of an item; None leaves it as it is."""

    headline: str | None = None
    excerpt: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ByHand:
    """An article that Tocsin did not find: of a paper, the radio, a page behind a wall."""

    outlet: str
    headline: str
    excerpt: str = ""
    note: str = ""
    url: str = ""
    authors: tuple[str, ...] = ()
    came_out_at: datetime | None = None


class EditedMeanwhileError(ConflictError):
    """Somebody else changed the words meanwhile. `theirs` is the item as it stands, `yours` what was to be stored."""

    def __init__(self, theirs: StoredItem, yours: ItemWords) -> None:
        super().__init__(
            _(
                "{who} changed this item meanwhile (version {version}): compare both texts and save again",
                who=theirs.edited_by or _("somebody"),
                version=theirs.version,
            ),
            key="version",
        )
        self.theirs = theirs
        self.yours = yours


def edition_shown(session: Session, number: int) -> StoredEdition:
    """Return an edition. Raise `NotFoundError`."""
    found = edition_of(session, number)
    if found is None:
        raise NotFoundError(_("there is no edition {number}", number=number), key="edition")
    return found


def item_shown(session: Session, item_id: int) -> tuple[StoredEdition, StoredItem]:
    """Return an item and the edition that it is in. Raise `NotFoundError`."""
    number = edition_of_item(session, item_id)
    if number is not None:
        edition = edition_shown(session, number)
        for item in edition.items:
            if item.id == item_id:
                return edition, item
    raise NotFoundError(_("there is no item {number}", number=item_id), key="item")


@act("edition", "change", told=("item_id",))
def edit_item(
    session: Session, item_id: int, words: ItemWords, *, version: int, rights: RightsTable, caller: str
) -> StoredItem:
    """Change an item's headline, excerpt or note.

    Raise `EditedMeanwhileError` where its words are no longer of this version, `InvalidError` for an excerpt that is longer
    than the outlet's licence allows, `ConflictError` once the edition is approved.
    """
    _edition, item = open_item(session, item_id)
    given = {
        key: text.strip()
        for key in ("headline", "excerpt", "note")
        if (text := getattr(words, key)) is not None
    }
    if given.get("headline") == "":
        raise InvalidError(_("an item needs a headline"), key="headline")
    _check_length(given)
    if "excerpt" in given and given["excerpt"] != item.excerpt:
        _check_rights(item.outlet, given["excerpt"], rights)
    if not put_words(session, item_id, given, version=version, caller=caller):
        raise EditedMeanwhileError(item_shown(session, item_id)[1], words)
    return item_shown(session, item_id)[1]


@act("edition", "change", about="number", told=("title",))
def edit_head(
    session: Session, number: int, *, version: int, title: str | None = None, intro: str | None = None
) -> StoredEdition:
    """Change an edition's title and its first lines. Raise `ConflictError` where they were changed meanwhile."""
    edition = _open_edition(session, number)
    given = {key: text.strip() for key, text in (("title", title), ("intro", intro)) if text is not None}
    if given.get("title") == "":
        raise InvalidError(_("an edition needs a title"), key="title")
    _check_length(given)
    if not put_head(session, number, given, version=version):
        raise ConflictError(
            _(
                "title and introduction were changed meanwhile (version {version}): they read now: {title!r}, {intro!r}",
                version=edition.version,
                title=edition.listed.title,
                intro=edition.intro,
            ),
            key="version",
        )
    return edition_shown(session, number)


@act("edition", "change", told=("item_id", "step", "section", "place"))
def move_item(
    session: Session,
    item_id: int,
    *,
    step: Step | None = None,
    section: str | None = None,
    place: int | None = None,
) -> StoredEdition:
    """Move an item a step, which may take it into the next section, or to a place (from 1) of a section."""
    edition, item = open_item(session, item_id)
    keys = section_keys(edition)
    target = item.section if section is None else section
    if target not in keys:
        raise InvalidError(_no_section(target, keys), key="section")
    rows = {key: [one.id for one in edition.shown if one.section == key] for key in keys}
    rows.setdefault(item.section, [item.id])
    at = rows[item.section].index(item_id) if item_id in rows[item.section] else 0
    if item_id in rows[item.section]:
        rows[item.section].remove(item_id)
    if step in ("up", "down"):
        target, at = _stepped(keys, rows, item.section, at, down=step == "down")
    elif step is not None:
        at = 0 if step == "first" else len(rows[target])
    else:
        at = len(rows[target]) if place is None else max(0, place - 1)
    rows[target].insert(at, item_id)
    for key in {item.section, target}:
        put_order(session, edition.listed.id, key, rows[key])
    return edition_shown(session, edition.listed.id)


@act("edition", "change", about="number", told=("url", "section"))
def add_by_address(
    session: Session, number: int, url: str, *, section: str, rights: RightsTable, now: datetime
) -> StoredItem:
    """Add an article that is stored, by its address. Raise `NotFoundError` where it is not: then it can be added by hand."""
    edition = _open_edition(session, number)
    _check_section(edition, section)
    try:
        urls = (url.strip(), canonical_url(url.strip()))
    except ValueError:
        raise InvalidError(_("{url!r} is not a web address", url=url), key="url") from None
    article = archived_article(session, number=None, urls=urls)
    if article is None:
        raise NotFoundError(_("no stored article has this address: add it by hand"), key="url")
    for item in edition.items:
        if item.article_id == article.id and not item.removed:
            raise ConflictError(
                _("the article stands in this edition already: {headline!r}", headline=item.headline),
                key="url",
            )
    allowed = rights.of(article.outlet)
    if allowed.may == "nothing":
        raise InvalidError(_nothing_of(article.outlet), key="url")
    new = NewItem(
        section=section,
        outlet=article.outlet,
        headline=" ".join(article.title.split()),
        excerpt=cut_to(quoted(archived_document(article), ()), allowed.most),
        url=article.url,
        language=article.language,
        authors=article.authors,
        came_out_at=article.date,
        article_id=article.id,
        story_id=article.story_id,
    )
    keys = review_shown(session, edition.listed.review_id).keys
    (new,) = with_pictures(session, (new,), keys, rights)
    return item_shown(session, add_item(session, number, new, now=now))[1]


@act("edition", "change", about="number", told=("section",))
def add_by_hand(
    session: Session, number: int, given: ByHand, *, section: str, rights: RightsTable, caller: str
) -> StoredItem:
    """Add an article that Tocsin did not find. Raise `InvalidError` for what lacks or is longer than the outlet allows."""
    edition = _open_edition(session, number)
    _check_section(edition, section)
    if not given.outlet.strip():
        raise InvalidError(_("name the outlet"), key="outlet")
    if not given.headline.strip():
        raise InvalidError(_("an item needs a headline"), key="headline")
    texts = {key: getattr(given, key) for key in ("outlet", "headline", "excerpt", "note", "url")}
    _check_length(texts)
    if rights.of(given.outlet.strip()).may == "nothing":
        raise InvalidError(_nothing_of(given.outlet), key="outlet")
    _check_rights(given.outlet.strip(), given.excerpt.strip(), rights)
    item = NewItem(
        section=section,
        outlet=given.outlet.strip(),
        headline=given.headline.strip(),
        excerpt=given.excerpt.strip(),
        note=given.note.strip(),
        url=given.url.strip(),
        authors=given.authors,
        came_out_at=given.came_out_at,
    )
    return item_shown(session, add_item(session, number, item))[1]


@act("edition", "change", told=("item_id",))
def remove_item(session: Session, item_id: int) -> StoredEdition:
    """Take an item out of its edition; it can be put back."""
    edition, _item = open_item(session, item_id)
    set_removed(session, item_id, removed=True)
    return edition_shown(session, edition.listed.id)


@act("edition", "change", told=("item_id",))
def restore_item(session: Session, item_id: int) -> StoredEdition:
    """Put an item back that was taken out."""
    edition, _item = open_item(session, item_id)
    set_removed(session, item_id, removed=False)
    return edition_shown(session, edition.listed.id)


@act("edition", "approve", about="number", told=("send_now",))
def approve_edition(
    session: Session, number: int, *, caller: str, now: datetime, send_now: bool = False
) -> StoredEdition:
    """Approve an edition: it is sent at its time, or at once if that is over or `send_now`. Of two that approve it, one does.

    Raise `ConflictError` where it is approved, sent or dropped already.
    """
    edition = edition_shown(session, number)
    if edition.corrects is not None and not _corrects(edition, edition.corrects):
        raise ConflictError(
            _("nothing was changed: a correction says what is other than before"), key="edition"
        )
    values = {"due_at": now} if send_now and edition.listed.due_at > now else {}
    if not put_state(
        session, number, EditionState.APPROVED, only=OPEN, approved_at=now, approved_by=caller, **values
    ):
        raise ConflictError(
            _("edition {number} is approved, sent or dropped already", number=number), key="edition"
        )
    return edition_shown(session, number)


@act("edition", "reopen", about="number")
def reopen_edition(session: Session, number: int) -> StoredEdition:
    """Take an approval back, as long as the edition is not sent. Raise `ConflictError`."""
    edition_shown(session, number)
    if not put_state(
        session, number, EditionState.DRAFT, only=(EditionState.APPROVED,), approved_at=None, approved_by=""
    ):
        raise ConflictError(
            _("edition {number} is not approved, or sent already", number=number), key="edition"
        )
    return edition_shown(session, number)


@act("edition", "remove", about="number")
def drop_edition(session: Session, number: int) -> StoredEdition:
    """Drop an edition: it is never sent, and the next one covers its time again. Raise `ConflictError`."""
    edition_shown(session, number)
    if not put_state(session, number, EditionState.DROPPED, only=(*OPEN, EditionState.APPROVED)):
        raise ConflictError(_("edition {number} is sent or dropped already", number=number), key="edition")
    return edition_shown(session, number)


def _corrects(edition: StoredEdition, before: StoredEdition) -> bool:
    """Return whether readers see anything else than they were sent before."""
    is_same_head = (edition.listed.title, edition.intro) == (before.listed.title, before.intro)
    return not is_same_head or bool(changed(before.shown, edition.shown))


def section_keys(edition: StoredEdition) -> tuple[str, ...]:
    """Return the keys of an edition's sections in reading order."""
    return (EVENT, *map(str, range(len(edition.sections))), BRIEF)


def limit_words(outlet: str, rights: RightsTable) -> Mapping[str, object]:
    """Return what of an outlet may be quoted: how many characters (None: any number), by which licence."""
    allowed = rights.of(outlet)
    return {"most": allowed.most, "licence": allowed.licence}


def _stepped(
    keys: tuple[str, ...], rows: Mapping[str, list[int]], section: str, at: int, *, down: bool
) -> tuple[str, int]:
    """Return where an item goes that stood at a place of a section, from which it was taken."""
    if down and at < len(rows[section]):
        return section, at + 1
    if not down and at > 0:
        return section, at - 1
    place = keys.index(section) + (1 if down else -1)
    if not 0 <= place < len(keys):
        return section, at
    return keys[place], 0 if down else len(rows[keys[place]])


def _open_edition(session: Session, number: int) -> StoredEdition:
    lock_edition(session, number)
    edition = edition_shown(session, number)
    if not edition.is_open:
        raise ConflictError(
            _("edition {number} is approved, sent or dropped: it can no longer be edited", number=number),
            key="edition",
        )
    return edition


def open_item(session: Session, item_id: int) -> tuple[StoredEdition, StoredItem]:
    """Return an item that may be edited, and its edition. Raise `NotFoundError`, `ConflictError`."""
    number = edition_of_item(session, item_id)
    if number is None:
        raise NotFoundError(_("there is no item {number}", number=item_id), key="item")
    edition = _open_edition(session, number)
    return edition, next(item for item in edition.items if item.id == item_id)


def _check_section(edition: StoredEdition, section: str) -> None:
    if section not in section_keys(edition):
        raise InvalidError(_no_section(section, section_keys(edition)), key="section")


def _check_length(given: Mapping[str, str]) -> None:
    for key, text in given.items():
        most = LONGEST_TEXT if key in ("excerpt", "note", "intro") else LONGEST_LINE
        if len(text) > most:
            words = _("must have at most {max_length} characters", max_length=count(most))
            raise InvalidError(f"{key}: {words}", key=key, at_field=words)


def _check_rights(outlet: str, excerpt: str, rights: RightsTable) -> None:
    allowed = rights.of(outlet)
    if allowed.most is not None and len(excerpt) > allowed.most:
        said = {"count": len(excerpt), "most": allowed.most, "outlet": outlet}
        words = (
            _(
                "the excerpt has {count:,} characters; {most:,} of {outlet} may be quoted (licence {licence})",
                licence=allowed.licence,
                **said,
            )
            if allowed.licence
            else _("the excerpt has {count:,} characters; {most:,} of {outlet} may be quoted", **said)
        )
        raise InvalidError(words, key="excerpt")


def _no_section(section: str, keys: tuple[str, ...]) -> str:
    return _("there is no section {section!r}: {keys}", section=section, keys=", ".join(keys))


def _nothing_of(outlet: str) -> str:
    return _("nothing of {outlet} may be reproduced", outlet=outlet)
