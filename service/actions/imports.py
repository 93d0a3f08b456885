"""Imports actors from a file's rows, in bulk: good rows are kept, bad ones said, and the same file again changes nothing.

`preview_actors` says of each row what would become of it, by the same rules, and saves nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice

from alerts.watchlists import ImportedActor, Row, RowError, Skipped, from_actor
from service.actions.acting import act
from service.actions.actors import merged, store_merged
from service.actions.lookup import check_name, editable_list
from service.actions.warnings import SingleWords
from service.actions.watch_lists import add_facts, find_or_make
from service.settings.watch_models import ListSettings
from storage.engine import Database
from storage.language import N_, _
from storage.stores.watch.watch_lists import WatchedActor, actors_named, chunks, facts_named

AT_ONCE = 5_000
"""Rows of one transaction: a service that runs beside is not kept waiting."""
MOST_PREVIEWED = 20_000
"""Rows that a preview looks at."""


class Fate(StrEnum):
    """What becomes of a row. `merged`: it joins an earlier row of the same name."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    MERGED = "merged"
    SKIPPED = "skipped"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class RowFate:
    """What would become of a row, and why that is not simply that it is new."""

    line: int
    fate: Fate
    name: str = ""
    aliases: tuple[str, ...] = ()
    """Those that the list does not have yet."""
    surname: str | bool = False
    why: str = ""


@dataclass(slots=True)
class ImportReport:
    """What came of an import, or what would come of it."""

    name: str
    created: bool = False
    added: int = 0
    """Actors that are new."""
    extended: int = 0
    """Actors that were there and got further names."""
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    """Rows about something that is no actor, by its kind."""
    warnings: tuple[str, ...] = ()
    rows: list[RowFate] = field(default_factory=list)
    """Of a preview: each row, in the file's order."""
    is_cut: bool = False
    """Whether a preview left out rows after `MOST_PREVIEWED`."""


@act("watch list", "import", about="name", told=("wanted",))
def import_actors(
    database: Database,
    name: str,
    rows: Iterable[Row],
    *,
    wanted: ListSettings | None = None,
    encoding: str | None = None,
    now: datetime,
) -> ImportReport:
    """Add the actors to a watch list, made where there is none. Raises `ActionError`, and then nothing is saved.

    `encoding` is what the file's text was taken for, where that may be wrong.
    """
    check_name(name, N_("watch list"))
    report = ImportReport(name)
    words = SingleWords()
    for some in chunks(rows, AT_ONCE):
        actors = _sort(some, report)
        if actors or wanted:
            _store(database, report, actors, wanted, now=now)
            wanted = None
        for row in actors:
            words.add(row.actor)
    report.warnings = _warnings(database, report, words, encoding)
    return report


def preview_actors(
    database: Database, name: str, rows: Iterable[Row], *, encoding: str | None = None
) -> ImportReport:
    """Return what `import_actors` would come to, row by row; nothing is saved. Raises `ActionError`."""
    check_name(name, N_("watch list"))
    report = ImportReport(name)
    words = SingleWords()
    rows = iter(rows)
    known: dict[str, WatchedActor] = {}
    with database.read() as session:
        facts = facts_named(session, name)
        if facts is not None:
            editable_list(session, name)
        for some in chunks(islice(rows, MOST_PREVIEWED), AT_ONCE):
            actors = _sort(some, report)
            for row in actors:
                words.add(row.actor)
            if facts is not None:
                names = [row.actor.name for row in actors if row.actor.name not in known]
                known |= {actor.name: actor for actor in actors_named(session, facts.id, names)}
            report.rows += _fates(some, known, report)
    report.created = facts is None and bool(report.added)
    report.is_cut = next(rows, None) is not None
    report.warnings = _warnings(database, report, words, encoding)
    return report


def _fates(rows: Sequence[Row], known: dict[str, WatchedActor], report: ImportReport) -> Iterator[RowFate]:
    """Yield the rows' fates; `known` becomes what the list would have, the report's counts what an import would count."""
    changed: dict[str, int] = {}
    for row in rows:
        match row:
            case RowError():
                yield RowFate(row.line, Fate.INVALID, why=row.message)
            case Skipped():
                yield RowFate(
                    row.line, Fate.SKIPPED, why=_("{kind}: not a person or organisation", kind=row.kind)
                )
            case _:
                fate = _fate_of(row, known, changed)
                report.added += fate.fate is Fate.ADDED
                report.extended += fate.fate is Fate.UPDATED
                report.unchanged += fate.fate in (Fate.UNCHANGED, Fate.MERGED)
                yield fate


def _fate_of(row: ImportedActor, known: dict[str, WatchedActor], changed: dict[str, int]) -> RowFate:
    """Return an actor's fate, and note what the list would have of it. `changed`: in which lines others were new or changed."""
    actor = from_actor(row.actor, language=row.language, note=row.note)
    old = known.get(actor.name)
    known[actor.name] = actor if old is None else merged(old, actor)
    had = frozenset() if old is None else frozenset(alias.text for alias in old.names)
    aliases = tuple(alias.text for alias in actor.names if alias.text != actor.name and alias.text not in had)
    shown = RowFate(row.line, Fate.ADDED, actor.name, aliases, actor.surname)
    if actor.name in changed:
        joins = _("joins the same name in line {line}", line=changed[actor.name])
        return replace(shown, fate=Fate.MERGED, why=joins)
    if old is not None and known[actor.name] == old:
        return replace(shown, fate=Fate.UNCHANGED, why=_("the list has all of it"))
    changed[actor.name] = row.line
    return shown if old is None else replace(shown, fate=Fate.UPDATED, why=_("the list has this name"))


def _warnings(
    database: Database, report: ImportReport, words: SingleWords, encoding: str | None
) -> tuple[str, ...]:
    found = []
    if encoding is not None:
        found.append(
            _(
                "the file is not UTF-8 and was read as {encoding}: where letters are wrong, save it as UTF-8 or .xlsx",
                encoding=encoding.capitalize(),
            )
        )
    if report.added or report.extended:
        with database.read() as session:
            found += words.warnings(session, report.name)
    return tuple(found)


def _sort(rows: Iterable[Row], report: ImportReport) -> list[ImportedActor]:
    actors = []
    for row in rows:
        match row:
            case RowError():
                report.errors.append(row)
            case Skipped():
                report.skipped[row.kind] += 1
            case _:
                actors.append(row)
    return actors


def _store(
    database: Database,
    report: ImportReport,
    rows: Sequence[ImportedActor],
    wanted: ListSettings | None,
    *,
    now: datetime,
) -> None:
    with database.write() as session:
        facts, created = find_or_make(session, report.name, now=now)
        if wanted is not None:
            add_facts(session, facts, wanted, now=now)
        actors = [from_actor(row.actor, language=row.language, note=row.note) for row in rows]
        changed = store_merged(session, facts.id, actors, now=now)
    report.created = report.created or created
    new = sum(changed.values())
    report.added += new
    report.extended += len(changed) - new
    report.unchanged += len(rows) - len(changed)
