"""What files of people and organisations hold, row by row: an actor, something else, or a mistake."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alerts.values import Actor
from storage.language import _

LONGEST_NAME = 300
LONGEST_NOTE = 500

_NO_TEXT = re.compile("[\ud800-\udfff]")
"""What bytes become that are not UTF-8 (`surrogateescape`)."""


@dataclass(frozen=True, slots=True)
class ImportedActor:
    """An actor as a row gives it. `language` and `note` are for people."""

    line: int
    actor: Actor
    language: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that can't be used: where it begins, and what is wrong and would be right."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row about something that is no actor, such as an address."""

    line: int
    kind: str


Row = ImportedActor | RowError | Skipped


def tidy(text: str) -> str:
    """Return the text with single spaces between its words and none around."""
    return " ".join(text.split())


def fault_of_name(name: str) -> str | None:
    """Return what is wrong with a name, or None."""
    if _NO_TEXT.search(name):
        return _("{name!r} is not UTF-8: save the file as UTF-8 and import it again", name=printable(name))
    if len(name) > LONGEST_NAME:
        return _(
            "the name {name!r}… is longer than {most} characters: is a quote missing?",
            name=name[:40],
            most=LONGEST_NAME,
        )
    if not any(map(str.isalnum, name)):
        return _("the name {name!r} holds no letter and no digit", name=name)
    return None


def no_header(line: int, text: str) -> RowError:
    """Return what is said of a table whose first row names no column that holds a name."""
    return RowError(
        line,
        _(
            "the first line must name the columns, name among them: name,aliases,language,note (it is {given!r})",
            given=printable(text.strip())[:80],
        ),
    )


def printable(text: str) -> str:
    """Return the text with what is no character replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")
