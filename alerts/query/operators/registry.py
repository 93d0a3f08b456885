"""The operators that are installed, as the lexer and the parser look them up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from alerts.query.operators.base import GROUP, Infix, Operator, Prefix, Suffix
from storage.entry_points import Installed, installed


@dataclass(frozen=True, slots=True)
class Operators:
    """Operators by what they are recognised by."""

    fields: dict[str, Prefix]
    """By keyword, without a mark."""
    references: dict[str, Prefix]
    """Those after @."""
    infixes: tuple[tuple[re.Pattern[str], Infix], ...]
    suffixes: dict[str, Suffix]
    other_names: dict[str, str]
    """Keywords of other query languages, each with what to write here."""
    in_small_letters: dict[str, str]
    misread: tuple[tuple[re.Pattern[str], Operator], ...]
    """How words of other query languages look."""

    def infix(self, word: str) -> tuple[Infix, str] | None:
        """Return the infix operator that a word is, with the digits in it."""
        for pattern, operator in self.infixes:
            if (match := pattern.fullmatch(word)) is not None:
                return operator, match.groupdict().get("number") or ""
        return None

    def misreader(self, word: str) -> Operator | None:
        """Return the operator for which other query languages write a word."""
        return next((operator for pattern, operator in self.misread if pattern.search(word)), None)


def installed_operators() -> Installed:
    """Return what is installed, with what failed to load."""
    return installed(GROUP, check_operator)


@cache
def operators() -> Operators:
    """Load the operators, once a process."""
    every = [
        plugin.value()
        for plugin in installed_operators().plugins
        if isinstance(plugin.value, type) and issubclass(plugin.value, Operator)
    ]
    prefixes = [operator for operator in every if isinstance(operator, Prefix)]
    infixes = [operator for operator in every if isinstance(operator, Infix)]
    references = _by_keyword([operator for operator in prefixes if operator.mark])
    other_names = {name: instead for operator in every for name, instead in operator.other_names.items()}
    return Operators(
        fields=_by_keyword([operator for operator in prefixes if not operator.mark]),
        references=references,
        infixes=tuple((re.compile(infix.pattern), infix) for infix in infixes),
        suffixes={operator.sign: operator for operator in every if isinstance(operator, Suffix)},
        other_names={name: f"@{name}:" for name in references} | other_names,
        in_small_letters={
            word: instead for infix in infixes for word, instead in infix.in_small_letters.items()
        },
        misread=tuple(
            (re.compile(operator.misread, re.VERBOSE), operator) for operator in every if operator.misread
        ),
    )


def _by_keyword(prefixes: list[Prefix]) -> dict[str, Prefix]:
    """Return the operators by their keywords; of two with one keyword, that of the first stands."""
    found: dict[str, Prefix] = {}
    for operator in prefixes:
        for keyword in operator.keywords:
            found.setdefault(keyword, operator)
    return found


def check_operator(value: object) -> None:
    """Raise `TypeError` for what is no operator."""
    if not (isinstance(value, type) and issubclass(value, Prefix | Infix | Suffix)):
        raise TypeError("a query operator is a class derived from Prefix, Infix or Suffix")
    value()
