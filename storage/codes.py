"""Codes of languages and countries: the one rule for every place where a person writes one, or a document declares one.

On the ground floor because settings, files of actors and every surface take them.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import get_args

from storage.language import Spoken, _, speaker

_SAME = {
    **{"iw": "he", "in": "id", "ji": "yi", "mo": "ro", "tl": "fil", "sh": "sr", "nb": "no", "nn": "no"},
    **{"ckb": "ku", "kmr": "ku", "sdh": "ku", "arz": "ar", "ary": "ar", "uzs": "uz", "tzm": "zgh", "ber": "zgh"},
}  # fmt: skip
"""Old codes, and those of varieties that no text is told apart by: what an article is found to be in has one code."""
_NO_LANGUAGE = frozenset({"zxx", "und", "mul", "mis"})


def language_code(text: str) -> str:
    """Return a language code (ISO 639) in small letters: `en` for "EN" or "eng". Raise `ValueError` for anything else."""
    code = text.strip().lower()
    if not re.fullmatch("[a-z]{2,3}", code):
        raise ValueError(
            _(
                "{text!r} is not a language code: use two or three letters, such as en or ar{code}",
                text=text,
                code=_hint(_language_meant(code)),
            )
        )
    return _normal(code)


@cache
def language_of_tag(tag: str | None) -> str | None:
    """Return the language's code of a tag as documents declare it: `en` for "en-GB", "en_US" or "eng"; None for what is none."""
    match = re.match(r"([a-z]{2,3})(?:[-_]|$)", (tag or "").strip().lower())
    return None if match is None or match[1] in _NO_LANGUAGE else _normal(match[1])


def country_code(text: str) -> str:
    """Return a country code (ISO 3166-1) in capitals: `MA` for "ma". Raise `ValueError` for anything else."""
    code = text.strip().upper()
    if not re.fullmatch("[A-Z]{2}", code):
        raise ValueError(
            _(
                "{text!r} is not a country code: use two letters, such as MA{given}",
                text=text,
                given=_hint(_country_meant(text.strip())),
            )
        )
    return code


def language_named(text: str) -> str | None:
    """Return the code of a language by its code or its name ("EN", "eng", "en-GB", "français"); None for anything else."""
    said = text.strip().lower()
    if re.fullmatch("[a-z]{2,3}", said):
        return None if said in _NO_LANGUAGE else _normal(said)
    meant = _language_meant(said)
    return _normal(meant) if meant else None


@cache
def country_named(text: str) -> str | None:
    """Return the code of a country by its code or its English name ("ma", "Morocco", "MAR"); None for anything else."""
    said = text.strip()
    if re.fullmatch("[A-Za-z]{2}", said):
        return said.upper()
    return _country_meant(said)


def country_name(code: str) -> str:
    """Return a country's name in the reader's language by its code; the code where it is none."""
    return _country_in(code, speaker().cldr)


def language_name(code: str) -> str:
    """Return a language's name in the reader's by its code; the code where it is none."""
    return _language_in(code, speaker().cldr)


@lru_cache(maxsize=5_000)
def _country_in(code: str, cldr: str) -> str:
    from babel import Locale

    return str(Locale.parse(cldr).territories.get(code, code))


@lru_cache(maxsize=5_000)
def _language_in(code: str, cldr: str) -> str:
    from babel import Locale

    return str(Locale.parse(cldr).languages.get(code, code))


def locale_of(language: str | None, country: str | None) -> str:
    """Return the tag (BCP 47) of a language and a country: "en-GB", "en", "und-GB" where only the country is known, or ""."""
    return f"{language or 'und'}-{country}" if country else language or ""


def _hint(code: str | None) -> str:
    return _("; did you mean {code}?", code=code) if code else ""


def _normal(code: str) -> str:
    known = _SAME.get(code)
    if known is not None or len(code) == 2:
        return known or code
    short = _shorter(code)
    return _SAME.get(short, short)


def _shorter(code: str) -> str:
    from babel.core import get_global  # only where it is needed: its data take a while to load

    short = get_global("language_aliases").get(code, code)
    return short if re.fullmatch("[a-z]{2}", short) else code


def _language_meant(text: str) -> str | None:
    """Return the code of "english", "français", "anglais" or "en-GB"; None for what names no language."""
    if not text:
        return None
    if tag := re.match("([a-z]{2,3})[-_][a-z]", text):
        return _shorter(tag[1]) if len(tag[1]) == 3 else tag[1]
    from babel import Locale

    for spoken in get_args(Spoken):
        for code, name in Locale(spoken).languages.items():
            if name.lower() == text and code.isalpha():
                return str(code)
    return _own_names().get(text)


@cache
def _own_names() -> dict[str, str]:
    """Return the codes of languages by their names in themselves: Babel's, which takes over a second to load all its locales."""
    lines = Path(__file__).with_name("own_names.txt").read_text("utf-8").splitlines()
    named = (line.split(" ", 1) for line in reversed(lines))  # of two that are called the same, the first
    return {name: code for code, name in named}


def _country_meant(text: str) -> str | None:
    """Return the code of "Morocco" or "MAR"; None for what names no country."""
    if not text:
        return None
    from babel import Locale
    from babel.core import get_global

    alias = get_global("territory_aliases").get(text.upper(), [])
    if len(alias) == 1 and re.fullmatch("[A-Z]{2}", alias[0]):
        return str(alias[0])
    wanted = text.casefold()
    return next(
        (
            str(code)
            for code, name in Locale("en").territories.items()
            if code.isalpha() and name.casefold() == wanted
        ),
        None,
    )
