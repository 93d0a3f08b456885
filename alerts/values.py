"""The values that the alert stages hand each other. Frozen, typed, free of I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from storage.watched import Alias as Alias
from storage.watched import Topic as Topic

Field = Literal["title", "source_title", "headline", "summary", "lead", "description", "text"]
"""What an article is searched in: what it is called and its other titles, what leads in to it, its text."""
FIELDS: tuple[Field, ...] = get_args(Field)
"""In reading order."""
TITLES: frozenset[str] = frozenset(("title", "source_title", "headline"))
LEADS: frozenset[str] = frozenset(("summary", "lead", "description"))


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or organisation. `aliases` does not repeat `name`; a plain string is an `Alias` without options.

    `surname`: a person; a bare surname counts once a full name stands in the same article, and another given name may stand
    within ("Antony John Blinken"). A text is the surname; True guesses it. `context`: if given, at least one of these
    terms must stand in the article, and none of those with a minus before them. `exclude`: longer phrases inside which a match
    does not count (and nothing else: the article may still match elsewhere). `any_order`, `forms`, `alone`: as with `Alias`, for
    every name.
    """

    name: str
    aliases: tuple[str | Alias, ...] = ()
    surname: bool | str = False
    context: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    any_order: bool = False
    forms: bool = True
    alone: bool | None = None

    @property
    def names(self) -> tuple[Alias, ...]:
        """The name and the aliases, each once."""
        every = (self.name, *self.aliases)
        return tuple({alias.text: alias for alias in map(_alias, every)}.values())


def _alias(alias: str | Alias) -> Alias:
    return alias if isinstance(alias, Alias) else Alias(alias)


@dataclass(frozen=True, slots=True)
class WatchList:
    """What is tracked under one name. Empty `languages` means all; codes are ISO 639-1."""

    name: str
    actors: tuple[Actor, ...] = ()
    topics: tuple[Topic, ...] = ()
    languages: tuple[str, ...] = ()
    private: bool = False
    """Nothing of it is referred to (`@actor:`, `@list:`) by topics of other lists."""


@dataclass(frozen=True, slots=True)
class Document:
    """An article as the matcher sees it: all that its outlet says of it, each a field of its own.

    `title` is what it is called; `source_title` and `headline` are those of its source and its page, `summary` what the source
    says below its title, `lead` the page's standfirst, `description` what the page's head says of it. `text` has paragraphs
    parted by one newline. What another field says too is not searched twice (`alerts.matching.parts`).
    """

    title: str
    text: str
    language: str | None = None
    url: str | None = None
    outlet: str | None = None
    country: str | None = None
    author: str | None = None
    credit: str | None = None
    """Who made its picture: no part of the text, so that a photographer or an agency is no mention."""
    source_title: str = ""
    headline: str = ""
    summary: str = ""
    lead: str = ""
    description: str = ""

    def field(self, name: Field | str) -> str:
        """Return a field (`FIELDS`) as it was given."""
        given: str = getattr(self, name)
        return given


class Mention(NamedTuple):
    """One place where an actor or topic matched.

    `document.field(field)[start:end]` is `surface`. Exactly one of `actor` and `topic` is set. `rule` says why, for people:
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


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a rule, judged on one article: an alias, a word of a query, an AND of other parts.

    `text` is it in words (`alias "Nasser Bourita"`, `autonomy NEAR/30 sahara`). `places` are where it stands and counts, `notes`
    why it is false or why places of it don't count. `parts` are its own parts.
    """

    text: str
    true: bool
    places: tuple[Mention, ...] = ()
    notes: tuple[str, ...] = ()
    parts: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an actor or topic of a watch list matches an article, or doesn't. Exactly one of `actor` and `topic` is set."""

    watch: str
    actor: str | None
    topic: str | None
    clause: Clause

    @property
    def true(self) -> bool:
        """Return whether it matches."""
        return self.clause.true
