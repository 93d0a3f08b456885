"""The values that the alert stages hand each other. Frozen, typed, free of I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Field = Literal["title", "text"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or organisation. `aliases` does not repeat `name`.

    `surname`: a later bare surname (last word of a Latin-script alias) counts once a full name stood before it
    in the same article. `context`: if given, at least one of these terms must stand in the article. `exclude`: longer phrases
    inside which a match does not count (and nothing else: the article may still match elsewhere).
    """

    name: str
    aliases: tuple[str, ...] = ()
    surname: bool = False
    context: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """A named Boolean query (DESIGN.md section 6)."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class WatchList:
    """What is tracked under one name. Empty `languages` means all; codes are ISO 639-1."""

    name: str
    actors: tuple[Actor, ...] = ()
    topics: tuple[Topic, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """An article as the matcher sees it. `text` has paragraphs parted by one newline."""

    title: str
    text: str
    language: str | None = None
    url: str | None = None
    outlet: str | None = None
    country: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where an actor or topic matched.

    `document.title[start:end]` (or `.text`) is `surface`. Exactly one of `actor` and `topic` is set. `rule` says why, for people:
    `alias "Nasser Bourita"`, `surname after "Antony Blinken"`, `clause ("Western Sahara" NEAR/30 autonomy)`.
    """

    watch: str
    actor: str | None
    topic: str | None
    field: Field
    start: int
    end: int
    surface: str
    rule: str
