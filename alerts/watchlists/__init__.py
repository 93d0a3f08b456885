"""Watch lists between the database, the files that people import, and the matcher."""

from alerts.watchlists.files import OpenedFile, open_actors
from alerts.watchlists.live import Compiled, LiveWatchLists
from alerts.watchlists.reading import ImportedActor, Row, RowError, Skipped
from alerts.watchlists.rows import compile_stored, from_actor, stored_watch_lists, to_actor

__all__ = [
    "Compiled",
    "ImportedActor",
    "LiveWatchLists",
    "OpenedFile",
    "Row",
    "RowError",
    "Skipped",
    "compile_stored",
    "from_actor",
    "open_actors",
    "stored_watch_lists",
    "to_actor",
]
