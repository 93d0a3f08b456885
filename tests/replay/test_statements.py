"""What a service does all the time costs the same in its tenth month: no statement of its stages reads a table that grows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from storage.engine import Database
from tests.databases import on_sqlite
from tests.replay.conftest import FEED, World, running
from tests.replay.outlets import feed, page, paragraphs
from tests.replay.test_replay import ARTICLE, TEXT

GROWING = {
    *("alert", "alert_article", "article", "article_version", "attempt", "entry", "forgotten_article"),
    *("mention", "notification", "story", "story_article", "story_link", "story_mention"),
}
"""Tables with rows for each article, alert or notification."""
_READS_ALL = re.compile(r"SCAN (\w+)$")


@contextmanager
def statements() -> Iterator[dict[str, Any]]:
    """Return the statements that engines execute meanwhile, each with parameters that it had."""
    seen: dict[str, Any] = {}

    def note(
        _connection: Connection,
        _cursor: object,
        statement: str,
        parameters: Any,  # noqa: ANN401  (whatever the driver takes)
        _context: object,
        many: bool,
    ) -> None:
        seen.setdefault(statement, parameters[0] if many else parameters)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@on_sqlite
async def test_no_statement_of_the_stages_reads_a_table_that_grows(world: World) -> None:
    other = "http://gazette.example/a/2"
    edited = feed((other, "Bourita in Madrid"), (ARTICLE, "Talks in Rabat, edited"), etag='"2"')
    world.outlets.script[FEED] = [feed((ARTICLE, "Talks in Rabat"))]
    world.outlets.script[ARTICLE] = [page("Talks in Rabat", paragraphs(*TEXT))]
    world.outlets.script[other] = [page("Nasser Bourita in Madrid", paragraphs(*TEXT[::-1]))]
    settings = world.settings(watch={"actors": [{"name": "Nasser Bourita"}], "alert": "article"})
    async with running(settings):
        await world.mail.wait_for(lambda: len(world.mail.mails) >= 1, seconds=120)
        with statements() as seen:  # not those of the start
            world.outlets.script[FEED] = [edited]
            await world.mail.wait_for(lambda: len(world.mail.mails) >= 2, seconds=120)
    reads_all = []
    with Database(world.storage_url) as database, database.engine.connect() as connection:
        for statement, parameters in seen.items():
            if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                tables = [match[1] for *_ids, step in plan if (match := _READS_ALL.match(step))]
                reads_all += [statement for table in tables if table in GROWING]
    assert len(seen) > 50
    assert reads_all == []
