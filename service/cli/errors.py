"""What goes wrong as expected is one clear message and an exit code, never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from typer.core import TyperGroup

from alerts.errors import AlertsError
from crawler.errors import CrawlerError
from service.actions.errors import ActionError, InvalidError, UnknownNameError
from service.cli.common import complain
from service.settings import SettingsError
from storage.errors import StorageError


class Commands(TyperGroup):
    """The commands; what an action refuses is its message and an exit code: 2 for a value that can't be used, 1 for all else."""

    def main(self, *words: Any, **options: Any) -> Any:  # noqa: ANN401  (as typer has it)
        """Run the command that was called."""
        try:
            return super().main(*words, **options)
        except ActionError as error:
            complain(str(error))
            is_usage = isinstance(error, InvalidError) and not isinstance(error, UnknownNameError)
            sys.exit(2 if is_usage else 1)


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Ends the process where an error of these comes out of the block. Exit code 1: failed, 2: the settings are wrong."""
    try:
        yield
    except SettingsError as error:
        for problem in error.problems:
            complain(f"{problem.where}: {problem.message}")
        count = len(error.problems)
        complain(f"{count} mistake{'s' if count > 1 else ''} in the settings; nothing was started.")
        sys.exit(2)
    except (StorageError, AlertsError, CrawlerError, OSError) as error:
        complain(str(error))
        sys.exit(1)
    except SQLAlchemyError as error:
        complain(f"the database can't be used: {str(error).splitlines()[0]}")
        sys.exit(1)
