"""Folders: what belongs to one matter (alerts, articles, stories, pages from outside), with notes; closed with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.actions.acting import act
from service.actions.checking import checked_address, checked_name
from service.actions.errors import ConflictError, InvalidError, NotFoundError
from service.actions.triage import checked_note
from storage.language import N_, _
from storage.stores.folders.folders import (
    FiledArticle,
    FiledItem,
    FiledPage,
    FolderWords,
    ListedFolder,
    add_folder,
    add_folder_note,
    add_item,
    article_at,
    drop_folder,
    drop_item,
    filed_articles,
    filed_items,
    filed_pages,
    folder_notes,
    folder_number,
    folder_of_item,
    is_there,
    list_folders,
    put_page,
    set_closed,
    set_folder,
)

KINDS = ("alert", "article", "story")
LONGEST_REASON = 500
LARGEST_PAGE = 10_000_000
"""Bytes of a page that a folder keeps."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something of a folder's timeline: `came-out`, `raised`, `read`, `story`, `note`, `opened` or `closed`."""

    at: datetime
    kind: str
    words: str
    by: str = ""
    item: FiledItem | None = None


@dataclass(frozen=True, slots=True)
class ShownFolder:
    """A folder with what it holds."""

    listed: ListedFolder
    items: tuple[FiledItem, ...]
    notes: tuple[FolderWords, ...]

    @property
    def timeline(self) -> tuple[Moment, ...]:
        """Return what happened when, the earliest first."""
        kinds = {"alert": "raised", "article": "came-out", "story": "story", "page": "came-out"}
        moments = [Moment(item.at, kinds[item.kind], item.title, item.outlet, item) for item in self.items]
        moments += [Moment(note.at, "note", note.text, note.by) for note in self.notes]
        moments.append(Moment(self.listed.created_at, "opened", self.listed.about, self.listed.created_by))
        if self.listed.closed_at is not None:
            listed = self.listed
            moments.append(
                Moment(
                    listed.closed_at or listed.created_at, "closed", listed.closed_reason, listed.closed_by
                )
            )
        return tuple(sorted(moments, key=lambda one: one.at))


@dataclass(frozen=True, slots=True)
class FolderContents:
    """All of a folder that its archive holds."""

    shown: ShownFolder
    articles: tuple[FiledArticle, ...]
    pages: tuple[FiledPage, ...]


def folders_shown(session: Session) -> list[ListedFolder]:
    """Return the folders, open ones first."""
    return list_folders(session)


def folder_shown(session: Session, which: str | int) -> ShownFolder:
    """Return a folder by name or number. Raise `NotFoundError`."""
    number = _number(session, which)
    (listed,) = list_folders(session, only=number)
    return ShownFolder(listed, tuple(filed_items(session, number)), tuple(folder_notes(session, number)))


def folder_contents(session: Session, which: str | int) -> FolderContents:
    """Return all that a folder's archive holds. Raise `NotFoundError`."""
    shown = folder_shown(session, which)
    number = shown.listed.id
    return FolderContents(shown, tuple(filed_articles(session, number)), tuple(filed_pages(session, number)))


@act("folder", "add", about="name", told=("about",))
def make_folder(
    session: Session, name: str, *, about: str = "", caller: str = "", now: datetime
) -> ShownFolder:
    """Make a folder. Raise `ActionError`."""
    name = checked_name(name, N_("folder"))
    _refuse_taken(session, name)
    return folder_shown(session, add_folder(session, name, checked_note(about), by=caller, now=now))


@act("folder", "change", about="which", told=("name", "about"))
def change_folder(
    session: Session, which: str | int, *, name: str | None = None, about: str | None = None
) -> ShownFolder:
    """Change a folder's name or what it is about. Raise `ActionError`."""
    listed = _open(session, which)
    new = listed.name if name is None else checked_name(name, N_("folder"))
    if new != listed.name:
        _refuse_taken(session, new)
    set_folder(session, listed.id, name=new, about=listed.about if about is None else checked_note(about))
    return folder_shown(session, listed.id)


@act("folder", "close", about="which", told=("reason",))
def close_folder(
    session: Session, which: str | int, *, reason: str, caller: str = "", now: datetime
) -> ShownFolder:
    """Close a folder with a reason: it stays as it is until it is opened again. Raise `ActionError`."""
    listed = _open(session, which)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise InvalidError(
            _("Say why it is closed, in at most {most} characters.", most=LONGEST_REASON), key="reason"
        )
    set_closed(session, listed.id, at=now, by=caller, reason=checked_note(reason))
    return folder_shown(session, listed.id)


@act("folder", "reopen", about="which")
def reopen_folder(session: Session, which: str | int) -> ShownFolder:
    """Open a folder again. Raise `NotFoundError`, or `ConflictError` where it is not closed."""
    shown = folder_shown(session, which)
    if shown.listed.closed_at is None:
        raise ConflictError(_("The folder {name!r} is not closed.", name=shown.listed.name), key="folder")
    set_closed(session, shown.listed.id, at=None, by="", reason="")
    return folder_shown(session, shown.listed.id)


@act("folder", "remove", about="which")
def remove_folder(session: Session, which: str | int) -> str:
    """Remove a folder with its notes and pages; return its name. Alerts and articles stay. Raise `NotFoundError`."""
    listed = folder_shown(session, which).listed
    drop_folder(session, listed.id)
    return listed.name


@act("folder", "file", about="which", told=("kind", "number"))
def file_item(
    session: Session, which: str | int, kind: str, number: int, *, caller: str = "", now: datetime
) -> bool:
    """Put an alert, article or story into a folder; return whether that is new. Raise `ActionError`."""
    listed = _open(session, which)
    if kind not in KINDS:
        raise InvalidError(_("{kind!r} is none: use {known}", kind=kind, known=", ".join(KINDS)), key="kind")
    if not is_there(session, kind, number):
        missing = {
            "alert": _("There is no alert {number}.", number=number),
            "article": _("There is no article {number}.", number=number),
            "story": _("There is no story {number}.", number=number),
        }
        raise NotFoundError(missing[kind], key="number")
    return add_item(session, listed.id, kind, number, by=caller, now=now)


@act("folder", "file", about="which", told=("url",))
def file_address(
    session: Session, which: str | int, url: str, *, caller: str = "", now: datetime
) -> str | None:
    """Put the article of an address into a folder; return the address where there is none and it is to be fetched.

    Raise `ActionError`.
    """
    listed = _open(session, which)
    address = checked_address(url, "url")
    found = article_at(session, address)
    if found is None:
        return address
    add_item(session, listed.id, "article", found, by=caller, now=now)
    return None


@act("folder", "file", about="which", told=("caller",))
def file_page(
    session: Session, which: str | int, page: FiledPage, *, caller: str = "", now: datetime
) -> bool:
    """Put a page from outside into a folder, as it was sent; return whether it is new there. Raise `ActionError`."""
    listed = _open(session, which)
    if len(page.body) > LARGEST_PAGE:
        raise InvalidError(_("The page is larger than {most} MB.", most=LARGEST_PAGE // 1_000_000), key="url")
    return put_page(session, listed.id, page, by=caller, now=now)


@act("folder", "take out", told=("item_id",))
def take_out(session: Session, item_id: int) -> ShownFolder:
    """Take an item out of its folder. Raise `ActionError`."""
    number = folder_of_item(session, item_id)
    if number is None:
        raise NotFoundError(_("There is no item {number} in a folder.", number=item_id), key="item")
    _open(session, number)
    drop_item(session, item_id)
    return folder_shown(session, number)


@act("folder", "note", about="which")
def write_folder_note(
    session: Session, which: str | int, text: str, *, caller: str = "", now: datetime
) -> ShownFolder:
    """Add a note to a folder. Raise `ActionError`."""
    listed = _open(session, which)
    note = checked_note(text)
    if not note:
        raise InvalidError(_("Write something."), key="text")
    add_folder_note(session, listed.id, note, by=caller, now=now)
    return folder_shown(session, listed.id)


def _number(session: Session, which: str | int) -> int:
    number = folder_number(session, which)
    if number is None:
        raise NotFoundError(_("There is no folder {which!r}.", which=which), key="folder")
    return number


def _open(session: Session, which: str | int) -> ListedFolder:
    (listed,) = list_folders(session, only=_number(session, which))
    if listed.closed_at is not None:
        raise ConflictError(
            _("The folder {name!r} is closed: open it again first.", name=listed.name), key="folder"
        )
    return listed


def _refuse_taken(session: Session, name: str) -> None:
    if folder_number(session, name) is not None:
        raise ConflictError(_("There is a folder {name!r} already.", name=name), key="name")
