"""Imports actors from a file's rows, in bulk: good rows are kept, bad ones said, and the same file again changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.watchlists import ImportedActor, Row, RowError, Skipped, from_actor
from service.watching.editing import WatchError, merge_actors, open_list, set_list_channels
from service.watching.overbroad import SingleWords
from storage.engine import Database
from storage.stores.watch.watch_edits import record
from storage.stores.watch.watch_lists import chunks
from storage.tables import ChangeKind

AT_ONCE = 5_000
"""Rows of one transaction: a service that runs beside is not kept waiting."""


@dataclass(slots=True)
class ImportReport:
    """What came of an import."""

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


def import_actors(
    database: Database, name: str, rows: Iterable[Row], *, channels: Sequence[str] = (), now: datetime
) -> ImportReport:
    """Adds the actors to a watch list, made where there is none. Raises `WatchError`, and then nothing is saved."""
    if not name.strip():
        raise WatchError("the watch list needs a name", is_usage=True)
    report = ImportReport(name)
    words = SingleWords()
    for some in chunks(rows, AT_ONCE):
        actors = _sort(some, report)
        if actors or channels:
            _store(database, report, actors, channels, now=now)
            channels = ()
        for row in actors:
            words.add(row.actor)
    if report.added or report.extended:
        with database.read() as session:
            report.warnings = tuple(words.warnings(session, name))
    return report


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
    channels: Sequence[str],
    *,
    now: datetime,
) -> None:
    with database.write() as session:
        facts, created = open_list(session, report.name, now=now)
        if set_list_channels(session, facts, channels):
            record(session, facts.id, ChangeKind.FACTS, now=now)
        actors = [from_actor(row.actor, language=row.language, note=row.note) for row in rows]
        changed = merge_actors(session, facts.id, actors, now=now)
    report.created = report.created or created
    new = sum(changed.values())
    report.added += new
    report.extended += len(changed) - new
    report.unchanged += len(rows) - len(changed)
