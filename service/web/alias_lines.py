"""Aliases as people type them, one a line: a text, and options in braces after it. Pure.

Nasser Bourita
OCP {exact, context: phosphate | Khouribga}
Bourita {weak, least: 2}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from service.actions.errors import InvalidError
from service.settings.faults import first_fault
from service.settings.watch_models import AliasSettings
from storage.language import _
from storage.watched import Alias

_OPTIONS = re.compile(r"^(.*\S)\s*\{([^{}]*)\}$", re.DOTALL)
_FLAGS = ("exact", "title", "weak", "any_order")
_WORDS = ("context", "exclude")
_CHOICES = {"yes": True, "no": False}
_CHOSEN = {"forms": True, "alone": None}
"""Options that are yes or no, and what they are where they are left out."""


def format_aliases(aliases: Iterable[Alias]) -> str:
    """Return the lines."""
    return "\n".join(map(_format, aliases))


def parse_aliases(lines: Sequence[str]) -> tuple[AliasSettings, ...]:
    """Read the lines; empty ones are ignored, the second of the same text too. Raises `InvalidError`."""
    found = [_parse(line.strip()) for line in lines if line.strip()]
    return tuple({alias.text: alias for alias in reversed(found)}.values())[::-1]


def _format(alias: Alias) -> str:
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


def _parse(line: str) -> AliasSettings:
    match = _OPTIONS.match(line)
    if match is None:
        return _read({"text": line})
    values: dict[str, object] = {"text": match[1]}
    for option in _split(match[2]):
        name, colon, value = (part.strip() for part in option.partition(":"))
        if name in _FLAGS and not colon:
            values[name] = True
        elif name in _CHOSEN and value in _CHOICES:
            values[name] = _CHOICES[value]
        elif name in _WORDS and value:
            values[name] = [word.strip() for word in value.split("|") if word.strip()]
        elif name == "least" and value:
            values[name] = value
        else:
            raise InvalidError(
                _(
                    "{line!r}: {given!r} is not an option of an alias; there are exact, title, weak, any_order, "
                    "forms: no, alone: yes, alone: no, least: 2, context: word | word, exclude: phrase | "
                    "phrase",
                    line=line,
                    given=option.strip(),
                ),
                key="aliases",
            )
    return _read(values)


def _read(values: dict[str, object]) -> AliasSettings:
    try:
        return AliasSettings.model_validate(values)
    except ValidationError as error:
        key, message = first_fault(error)
        raise InvalidError(f"{values['text']!r}: {key} {message}", key="aliases") from error


def _split(options: str) -> list[str]:
    """Parts options at the commas before a name of one: a phrase of `context` or `exclude` may hold commas."""
    names = "|".join((*_FLAGS, *_CHOSEN, *_WORDS, "least"))
    return [part for part in re.split(rf",\s*(?=(?:{names})\b)", options) if part.strip()]
