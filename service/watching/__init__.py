"""What people do with watch lists: edit, import, try, explain, backfill. The command line and the page call these."""

from service.watching.backfilling import BackfillReport, backfill
from service.watching.doubts import doubts
from service.watching.editing import Saved, WatchError, extend, remove
from service.watching.importing import ImportReport, import_actors
from service.watching.trying import Example, RuleCount, Trial, try_stored, try_watch_list
from service.watching.why import Why, explain_article

__all__ = [
    "BackfillReport",
    "Example",
    "ImportReport",
    "RuleCount",
    "Saved",
    "Trial",
    "WatchError",
    "Why",
    "backfill",
    "doubts",
    "explain_article",
    "extend",
    "import_actors",
    "remove",
    "try_stored",
    "try_watch_list",
]
