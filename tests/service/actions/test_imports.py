"""Import: bulk, idempotent, bad rows said."""

from __future__ import annotations

from itertools import count

import pytest

from alerts.values import Actor, Alias
from alerts.watchlists import ImportedActor, Row, RowError, Skipped, to_actor
from service.actions.errors import ActionError
from service.actions.imports import AT_ONCE, MOST_PREVIEWED, Fate, ImportReport, import_actors, preview_actors
from service.settings.watch_models import ListSettings, RouteSettings
from storage.engine import Database
from storage.stores.watch.watch_edits import changes_since, last_change
from storage.stores.watch.watch_lists import facts_named, sizes, stream_actors
from tests.archive import add_channel, watch
from tests.conftest import START


def run(database: Database, *rows: ImportedActor | RowError | Skipped) -> ImportReport:
    return import_actors(database, "Sanctions", rows, now=START)


def stored(database: Database) -> list[Actor]:
    with database.read() as session:
        facts = facts_named(session, "Sanctions")
        return [] if facts is None else [to_actor(actor) for actor in stream_actors(session, facts.id)]


def test_rows_are_added_counted_and_said(database: Database) -> None:
    error = RowError(3, "the name is empty")
    report = run(
        database,
        ImportedActor(2, Actor("Jane Example", ("J. Example",)), "en", "Minister"),
        error,
        Skipped(4, "Address"),
        Skipped(5, "Address"),
        ImportedActor(6, Actor("Example Ltd", (Alias("EL", weak=True),))),
    )
    assert (report.created, report.added, report.extended, report.unchanged) == (True, 2, 0, 0)
    assert (report.errors, dict(report.skipped)) == ([error], {"Address": 2})
    assert stored(database) == [
        Actor("Jane Example", ("J. Example",)),
        Actor("Example Ltd", (Alias("EL", weak=True),)),
    ]


def test_same_rows_again_change_nothing(database: Database) -> None:
    rows = [ImportedActor(2, Actor("Jane Example", ("J. Example",)), "en", "Minister")]
    run(database, *rows)
    with database.read() as session:
        seen = last_change(session)
    report = run(database, *rows)
    assert (report.created, report.added, report.extended, report.unchanged) == (False, 0, 0, 1)
    with database.read() as session:
        assert changes_since(session, seen) == []


def test_aliases_of_one_actor_are_merged(database: Database) -> None:
    run(
        database,
        ImportedActor(2, Actor("Jane Example", ("A1",))),
        ImportedActor(3, Actor("Jane Example", ("A2",))),
    )
    report = run(database, ImportedActor(2, Actor("Jane Example", ("A2", "A3")), note="Minister"))
    assert report.extended == 1
    assert stored(database) == [Actor("Jane Example", ("A1", "A2", "A3"))]


def test_many_rows_are_stored_in_parts(database: Database) -> None:
    many = AT_ONCE + 10
    report = run(database, *(ImportedActor(n, Actor(f"Person Number {n}")) for n in range(many)))
    assert report.added == many
    with database.read() as session:
        assert [size.actors for size in sizes(session).values()] == [many]
        lines = changes_since(session, 0)
    assert [line.kind.value for line in lines].count("list") == 2
    assert len(lines) == 2 + 10


def test_channels_are_set_once_and_checked(database: Database) -> None:
    row = ImportedActor(2, Actor("Jane Example"))
    with pytest.raises(ActionError, match="no channel 'desk'"):
        import_actors(
            database,
            "Sanctions",
            [row],
            wanted=ListSettings(channels=(RouteSettings(channel="desk"),)),
            now=START,
        )
    assert stored(database) == []
    with database.write() as session:
        add_channel(session, "desk")
    import_actors(
        database,
        "Sanctions",
        [row],
        wanted=ListSettings(channels=(RouteSettings(channel="desk"),)),
        now=START,
    )
    with database.read() as session:
        facts = facts_named(session, "Sanctions")
        assert facts is not None
        assert facts.channels == ("desk",)


def test_file_of_bad_rows_makes_no_list(database: Database) -> None:
    run(database, RowError(2, "bad"))
    with database.read() as session:
        assert facts_named(session, "Sanctions") is None


def test_common_words_are_warned_of(database: Database) -> None:
    report = run(
        database,
        ImportedActor(2, Actor("Jane Example", ("May", Alias("Will", weak=True)))),
        ImportedActor(3, Actor("Президент")),
    )
    assert len(report.warnings) == 2
    assert "'May' is one common word" in report.warnings[0]


def test_list_that_was_made_by_hand_is_added_to(database: Database) -> None:
    with database.write() as session:
        watch(session, "Sanctions", actors=["By Hand"])
    assert not run(database, ImportedActor(2, Actor("Jane Example"))).created
    assert [actor.name for actor in stored(database)] == ["By Hand", "Jane Example"]


def test_preview_says_what_the_import_then_does_and_saves_nothing(database: Database) -> None:
    run(
        database,
        ImportedActor(2, Actor("Jane Example", ("J. Example",)), note="Minister"),
        ImportedActor(3, Actor("Old Hand")),
    )
    with database.read() as session:
        seen = last_change(session)
    rows: list[Row] = [
        ImportedActor(2, Actor("Jane Example", ("J. Example",))),
        ImportedActor(3, Actor("Jane Example", ("Janie", "J. Example"))),
        ImportedActor(4, Actor("New Person", ("N. P.",), surname="Person")),
        ImportedActor(5, Actor("New Person", ("Newie",))),
        RowError(6, "the name is empty"),
        Skipped(7, "Vessel"),
        ImportedActor(8, Actor("Old Hand")),
        ImportedActor(9, Actor("The Office", ("the",))),
    ]
    shown = preview_actors(database, "Sanctions", rows)
    with database.read() as session:
        assert changes_since(session, seen) == []
    assert [(row.line, row.fate) for row in shown.rows] == [
        (2, Fate.UNCHANGED),
        (3, Fate.UPDATED),
        (4, Fate.ADDED),
        (5, Fate.MERGED),
        (6, Fate.INVALID),
        (7, Fate.SKIPPED),
        (8, Fate.UNCHANGED),
        (9, Fate.ADDED),
    ]
    assert shown.rows[1].aliases == ("Janie",)
    assert (shown.rows[2].surname, shown.rows[3].why) == ("Person", "joins the same name in line 4")
    assert "'the' is one common word" in shown.warnings[0]
    done = run(database, *rows)
    assert (done.added, done.extended, done.unchanged) == (shown.added, shown.extended, shown.unchanged)
    assert (done.errors, done.skipped, done.warnings) == (shown.errors, shown.skipped, shown.warnings)
    assert not shown.is_cut


def test_preview_of_a_list_that_is_not_there_makes_none(database: Database) -> None:
    shown = preview_actors(
        database, "Sanctions", [ImportedActor(2, Actor("Jane Example"))], encoding="windows-1252"
    )
    assert (shown.created, shown.added) == (True, 1)
    assert "was read as Windows-1252" in shown.warnings[0]
    with database.read() as session:
        assert facts_named(session, "Sanctions") is None


def test_preview_of_an_endless_file_ends(database: Database) -> None:
    rows = (ImportedActor(n, Actor(f"Person Number {n}")) for n in count())
    shown = preview_actors(database, "Sanctions", rows)
    assert (len(shown.rows), shown.is_cut) == (MOST_PREVIEWED, True)
