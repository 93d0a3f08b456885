"""Spellings proposed for a name, each with where it is from. Nothing is added: people choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from alerts.documents import archived_document
from alerts.spelling.near_names import near_names
from alerts.spelling.transliteration import transliterations
from alerts.text import fold_words
from alerts.watchlists import ImportedActor, open_actors
from service.actions.lookup import find_list
from service.settings import Settings
from service.wikidata import WikidataName, wikidata_names
from storage.language import _
from storage.stores.articles.archive import newest_articles
from storage.stores.watch.watch_lists import actors_named

NEWEST = 5_000
"""So many of the newest articles are looked through for near names."""
DEFAULT_LANGUAGES: tuple[str, ...] = ("en", "fr", "es", "ar", "ru")


@dataclass(frozen=True, slots=True)
class ProposedSpelling:
    """A spelling that could be an alias: its source ("wikidata", "file", "archive", "transliteration"), and more of it."""

    text: str
    source: str
    detail: str


@dataclass(frozen=True, slots=True)
class AskedName:
    """What is known here of a name: its aliases so far, the languages to ask for, and its near names in articles."""

    name: str
    known: frozenset[str]
    languages: tuple[str, ...]
    near: tuple[ProposedSpelling, ...]


def look_up(session: Session, name: str, *, watch: str | int | None = None) -> AskedName:
    """Return what the database knows of a name; of a watch list, its languages and the actor's aliases. Raises `ActionError`."""
    known, languages = {name}, DEFAULT_LANGUAGES
    if watch is not None:
        facts = find_list(session, watch)
        languages = tuple(facts.languages) or DEFAULT_LANGUAGES
        known |= {alias.text for actor in actors_named(session, facts.id, [name]) for alias in actor.names}
    counts = near_names(name, map(archived_document, newest_articles(session, NEWEST)))
    near = tuple(
        ProposedSpelling(text, "archive", _("{count} of the newest articles", count=count))
        for text, count in counts.most_common()
    )
    return AskedName(name, frozenset(map(fold_words, known)), languages, near)


async def ask_wikidata(settings: Settings, asked: AskedName) -> list[WikidataName]:
    """Return what Wikidata calls the name; nothing where it is switched off. Raises `WikidataError`."""
    address = settings.service.wikidata
    if not address:
        return []
    return await wikidata_names(
        address,
        asked.name,
        asked.languages,
        user_agent=settings.crawler.agent,
        allow_networks=settings.crawler.allow_networks,
    )


def names_in(path: Path, asked: AskedName) -> list[ProposedSpelling]:
    """Return what else a file of people and organisations (FollowTheMoney or CSV) calls those of this name. Raises `OSError`."""
    found = []
    with open_actors(path) as opened:
        for row in opened.rows:
            if not isinstance(row, ImportedActor):
                continue
            names = [alias.text for alias in row.actor.names]
            if asked.known.intersection(map(fold_words, names)):
                about = f": {row.note}" if row.note else ""
                found += [
                    ProposedSpelling(name, "file", _("line {line}{about}", line=row.line, about=about))
                    for name in names
                ]
    return found


def proposed(
    asked: AskedName, named: Iterable[WikidataName] = (), listed: Iterable[ProposedSpelling] = ()
) -> list[ProposedSpelling]:
    """Return the spellings, the surest first: what Wikidata says, a file lists, stands in articles, and what letters make."""
    every = [*map(_of_wikidata, named), *listed, *asked.near, *_transliterated(asked.name)]
    return list(_new(asked.known, every))


def _of_wikidata(name: WikidataName) -> ProposedSpelling:
    about = f": {name.description}" if name.description else ""
    return ProposedSpelling(name.text, "wikidata", f"{name.entity}, {name.language}{about}")


def _transliterated(name: str) -> list[ProposedSpelling]:
    return [ProposedSpelling(text, "transliteration", how) for text, how in transliterations(name)]


def _new(known: frozenset[str], spellings: Sequence[ProposedSpelling]) -> Iterator[ProposedSpelling]:
    """Yield those whose words are not found already."""
    seen = set(known)
    for spelling in spellings:
        if (folded := fold_words(spelling.text)) and folded not in seen:
            seen.add(folded)
            yield spelling
