"""What goes wrong as expected is one clear message and an exit code, never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from service.cli.common import complain


@contextmanager
def errors_in_words() -> Iterator[None]:
    """End the process where an expected error comes out of the block. Exit code 1: failed, 2: the settings are wrong."""
    try:
        yield
    except Exception as error:
        code = complain_of(error)
        if code is None:
            raise
        sys.exit(code)


def complain_of(error: Exception) -> int | None:
    """Print what an expected error says and return the exit code; None for one that nobody expects.

    The kinds are imported here and not above: a command that goes well needs none of them.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from alerts.errors import AlertsError
    from crawler.errors import CrawlerError
    from service.settings import SettingsError
    from storage.errors import StorageError

    if isinstance(error, SettingsError):
        for problem in error.problems:
            complain(f"{problem.where}: {problem.message}")
        count = len(error.problems)
        complain(f"{count} mistake{'s' if count > 1 else ''} in the settings; nothing was started.")
        return 2
    if isinstance(error, StorageError | AlertsError | CrawlerError | OSError):
        complain(str(error))
        return 1
    if isinstance(error, SQLAlchemyError):
        complain(f"the database can't be used: {str(error).splitlines()[0]}")
        return 1
    return None
