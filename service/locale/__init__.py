"""The languages that Tocsin speaks: a catalogue of gettext's for each but English, which stands in the code.

The `.po` files are read when their language is first asked for (about a tenth of a second), so that nothing has to be compiled
at installing; commands that show nothing translated read none.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from storage.language import ENGLISH, Translator

FOLDER = Path(__file__).parent
LANGUAGES = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية"}
"""By their tag, each with its own name."""
_KNOWN = {ENGLISH.code: ENGLISH}


def translator(code: str) -> Translator:
    """Return the translator of one of `LANGUAGES`; English for any other tag."""
    return _KNOWN.get(code) or (_read(code) if code in LANGUAGES else ENGLISH)


def add(spoken: Translator, name: str) -> None:
    """Add a language whose catalogue stands elsewhere, under its own name."""
    _KNOWN[spoken.code] = spoken
    LANGUAGES[spoken.code] = name


def chosen(wanted: Iterable[str | None]) -> Translator:
    """Return the translator of the first that is named."""
    return translator(next(filter(None, wanted), ENGLISH.code))


def accepted(header: str) -> str | None:
    """Return which of our languages a browser's Accept-Language likes best (RFC 9110 §12.5.4); None where it likes none."""
    liked: list[tuple[float, str]] = []
    for item in header.split(",")[:50]:
        tag, _, weight = item.partition(";")
        name = tag.strip().lower().split("-")[0]
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if name in LANGUAGES and quality > 0:
            liked.append((quality, name))
    return max(liked, key=lambda one: one[0])[1] if liked else None


@cache
def _read(code: str) -> Translator:
    from babel import Locale
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (FOLDER / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    direction = Locale.parse(code).text_direction
    return Translator(code, code, "rtl" if direction == "rtl" else "ltr", GNUTranslations(compiled))
