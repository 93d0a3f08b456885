"""Imports actors from a file's rows, in bulk: good rows are kept, bad ones said, and the same file again changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.watchlists import ImportedActor, Row, RowError, Skipped, from_actor
from service.actions.acting import act
from service.actions.actors import store_merged
from service.actions.lookup import check_name
from service.actions.warnings import SingleWords
from service.actions.watch_lists import add_facts, find_or_make
from service.settings.watch_models import ListSettings
from storage.engine import Database
from storage.language import N_
from storage.stores.watch.watch_lists import chunks

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


@act("watch list", "import", about="name", told=("wanted",))
def import_actors(
    database: Database, name: str, rows: Iterable[Row], *, wanted: ListSettings | None = None, now: datetime
) -> ImportReport:
    """Add the actors to a watch list, made where there is none. Raises `ActionError`, and then nothing is saved."""
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
