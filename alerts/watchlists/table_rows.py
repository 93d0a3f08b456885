"""An actor from the cells of a table's row, or what is wrong with them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alerts.text import fold_words
from alerts.values import Actor
from alerts.watchlists.columns import Columns, answer_of
from alerts.watchlists.reading import (
    LONGEST_NOTE,
    ImportedActor,
    Row,
    RowError,
    fault_of_name,
    printable,
    tidy,
)
from storage.codes import language_code, language_named
from storage.language import _

_ALIASES = re.compile(r"[;|؛\n]")


def read_row(number: int, cells: Sequence[str], columns: Columns) -> Row:
    """Return the actor of a row, or what is wrong with it."""
    given = {column: columns.text(column, cells) for column in ("language", "note", "forms", "alone")}
    name, surname = _name(columns, cells)
    if not name:
        return RowError(number, _("the name is empty: give one, or delete the row"))
    aliases = [tidy(alias) for cell in _alias_cells(columns, cells) for alias in _ALIASES.split(cell)]
    aliases = [alias for alias in dict.fromkeys(aliases) if alias and alias != name]
    for text in (name, *aliases):
        if (fault := fault_of_name(text)) is not None:
            return RowError(number, fault)
    language = printable(given["language"])
    try:
        language = language_code(language) if language else ""
    except ValueError as error:
        meant = language_named(language)
        if meant is None:
            return RowError(number, _("{error}, or leave it empty", error=error))
        language = meant
    for column in ("forms", "alone"):
        if given[column] and answer_of(given[column]) is None:
            return RowError(
                number,
                _(
                    "{column} is {value!r}: write yes or no, or leave it empty",
                    column=column,
                    value=given[column],
                ),
            )
    forms = answer_of(given["forms"])
    actor = Actor(
        name,
        tuple(aliases),
        surname=surname,
        forms=True if forms is None else forms,
        alone=answer_of(given["alone"]),
    )
    return ImportedActor(number, actor, language or None, printable(given["note"])[:LONGEST_NOTE])


def _name(columns: Columns, cells: Sequence[str]) -> tuple[str, str | bool]:
    """Return the full name and the surname: of one cell, or of a given name and a surname put together."""
    name, given = columns.text("name", cells), columns.text("given", cells)
    surname = columns.text("surname", cells)
    said = answer_of(surname) if surname else False
    if said is not None:
        return name or given, said
    if not name:
        name = surname if fold_words(given) == fold_words(surname) else tidy(f"{given} {surname}")
    # a person of one name has no surname apart from it
    return name, surname if fold_words(name) != fold_words(surname) else False


def _alias_cells(columns: Columns, cells: Sequence[str]) -> list[str]:
    return [cells[place] for place in columns.places.get("aliases", ()) if place < len(cells)]
