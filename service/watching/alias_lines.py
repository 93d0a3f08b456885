"""Aliases as people type them, one a line: a text, and options in braces after it. Pure.

Nasser Bourita
OCP {exact, context: phosphate | Khouribga}
Bourita {weak, least: 2}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from storage.stores.watch.watch_lists import WatchedAlias

_OPTIONS = re.compile(r"^(.*\S)\s*\{([^{}]*)\}$", re.DOTALL)
_FLAGS = ("exact", "title", "weak", "any_order")
_WORDS = ("context", "exclude")
_CHOICES = {"yes": True, "no": False}
_CHOSEN = {"forms": True, "alone": None}
"""Options that are yes or no, and what they are where they are left out."""
MOST_TIMES = 1_000


class AliasLineError(ValueError):
    """A line that can't be read; the message says why."""


def format_aliases(aliases: Iterable[WatchedAlias]) -> str:
    """Gives the lines."""
    return "\n".join(map(_format, aliases))


def parse_aliases(lines: Sequence[str]) -> tuple[WatchedAlias, ...]:
    """Reads the lines; empty ones are passed over, the second of the same text too. Raises `AliasLineError`."""
    found = [_parse(line.strip()) for line in lines if line.strip()]
    return tuple({alias.text: alias for alias in reversed(found)}.values())[::-1]


def _format(alias: WatchedAlias) -> str:
    options = [name for name in _FLAGS if getattr(alias, name)]
    options += [
        f"{name}: {'yes' if chosen else 'no'}"
        for name, default in _CHOSEN.items()
        if (chosen := getattr(alias, name)) is not default
    ]
    if alias.least > 1:
        options.append(f"least: {alias.least}")
    options += [f"{name}: {' | '.join(words)}" for name in _WORDS if (words := getattr(alias, name))]
    return f"{alias.text} {{{', '.join(options)}}}" if options else alias.text


def _parse(line: str) -> WatchedAlias:
    match = _OPTIONS.match(line)
    if match is None:
        return WatchedAlias(line)
    text, options = match[1], match[2]
    flags: dict[str, bool] = {}
    words: dict[str, tuple[str, ...]] = {}
    least = 1
    for option in _split(options):
        name, colon, value = (part.strip() for part in option.partition(":"))
        if name in _FLAGS and not colon:
            flags[name] = True
        elif name in _CHOSEN and value in _CHOICES:
            flags[name] = _CHOICES[value]
        elif name in _WORDS and value:
            words[name] = tuple(word.strip() for word in value.split("|") if word.strip())
        elif name == "least" and value.isascii() and value.isdigit() and 1 <= int(value[:5]) <= MOST_TIMES:
            least = int(value)
        else:
            raise AliasLineError(
                f"{line!r}: {option.strip()!r} is no option of an alias; there are exact, title, weak, any_order, "
                "forms: no, alone: yes, alone: no, least: 2, context: word | word, exclude: phrase | phrase"
            )
    return WatchedAlias(text, **flags, **words, least=least)  # type: ignore[arg-type]


def _split(options: str) -> list[str]:
    """Parts options at the commas before a name of one: a phrase of `context` or `exclude` may hold commas."""
    names = "|".join((*_FLAGS, *_CHOSEN, *_WORDS, "least"))
    return [part for part in re.split(rf",\s*(?=(?:{names})\b)", options) if part.strip()]
