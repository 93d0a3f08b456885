"""Codes of languages and countries, as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel import Locale
from babel.localedata import locale_identifiers

import storage.codes
from storage.codes import country_code, language_code, language_named, language_of_tag


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("en", "en"),
        ("EN", "en"),
        (" ar ", "ar"),
        ("eng", "en"),
        ("fil", "fil"),
        ("ZH", "zh"),
        ("nb", "no"),
        ("nno", "no"),
    ],
)
def test_language_codes_are_normalised(text: str, code: str) -> None:
    assert language_code(text) == code


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("English", "did you mean en?"),
        ("français", "did you mean fr?"),
        ("العربية", "did you mean ar?"),
        ("en-GB", "did you mean en?"),
        ("eng_US", "did you mean en?"),
        ("Gibberish", "such as en or ar"),
        ("", "such as en or ar"),
        ("e", "such as en or ar"),
        ("еn", "such as en or ar"),  # a Cyrillic letter
    ],
)
def test_what_is_not_a_language_code_is_refused(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match="is not a language code") as refused:
        language_code(text)
    assert str(refused.value).endswith(hint)


def test_names_of_languages_in_themselves_are_babels() -> None:
    codes = sorted(code for code in locale_identifiers() if code.isalpha() and len(code) <= 3)
    names = {code: (Locale(code).get_language_name(code) or "").lower() for code in codes}
    stored = Path(storage.codes.__file__).with_name("own_names.txt").read_text("utf-8")
    assert stored == "".join(f"{code} {name}\n" for code, name in names.items() if name)
    assert language_named("Français") == "fr"
    assert language_named("العامية") == next(code for code in codes if names[code] == "العامية")


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        *[("en-GB", "en"), ("en_US", "en"), (" EN ", "en"), ("eng", "en"), ("nb-NO", "no"), ("iw", "he")],
        *[("und", None), ("zxx", None), ("English", None), ("e", None), ("", None), (None, None)],
    ],
)
def test_language_of_a_declared_tag(tag: str | None, code: str | None) -> None:
    assert language_of_tag(tag) == code


@pytest.mark.parametrize(("text", "code"), [("MA", "MA"), ("ma", "MA"), (" Us ", "US")])
def test_country_codes_are_normalised(text: str, code: str) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Morocco", "did you mean MA?"),
        ("GBR", "did you mean GB?"),
        ("Atlantis", "such as MA"),
        ("", "such as MA"),
        ("M", "such as MA"),
    ],
)
def test_what_is_not_a_country_code_is_refused(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match="is not a country code") as refused:
        country_code(text)
    assert str(refused.value).endswith(hint)
