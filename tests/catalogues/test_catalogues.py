"""The catalogues: nothing is missing, plural forms of each language, and how values stand in a text from right to left."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from babel.messages import Catalog

from service.locale import LANGUAGES, accepted, chosen, translator
from storage import language
from storage.language import ngettext, speaking
from tests.catalogues.messages import TRANSLATED, faults, program

MOMENT = datetime(2026, 3, 2, 21, 35, tzinfo=UTC)


@pytest.fixture(scope="module")
def strings() -> Catalog:
    return program()


@pytest.mark.thorough  # and by make lint
@pytest.mark.parametrize("code", TRANSLATED)
def test_nothing_is_missing(code: str, strings: Catalog) -> None:
    assert [str(fault) for fault in faults(code, strings)] == []


@pytest.mark.thorough
def test_a_string_that_a_catalogue_lacks_is_named(strings: Catalog) -> None:
    strings.add("A new sentence with {name}.")
    assert [fault.message for fault in faults("fr", strings)] == ["A new sentence with {name}."]
    strings.delete("A new sentence with {name}.")


def test_arabic_has_six_plural_forms() -> None:
    with speaking(translator("ar")):
        said = [ngettext("{count} alert", "{count} alerts", count) for count in (0, 1, 2, 3, 11, 100)]
    assert said == ["لا تنبيهات", "تنبيه واحد", "تنبيهان", "3 تنبيهات", "11 تنبيهًا", "100 تنبيه"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param("en", "2 March 2026, 22:35 Paris", id="English"),
        pytest.param("fr", "2 mars 2026, 22:35 Paris", id="French"),
        pytest.param("es", "2 de marzo de 2026, 22:35 París", id="Spanish"),
        pytest.param("ar", "2 مارس 2026، 10:35 م باريس", id="Arabic"),
    ],
)
def test_a_time_is_told_as_the_language_writes_it(code: str, told: str) -> None:
    with speaking(translator(code)):
        assert language.moment(MOMENT, ZoneInfo("Europe/Paris")) == told


def test_a_value_in_a_text_from_right_to_left_stands_apart() -> None:
    with speaking(translator("ar")):
        said = language._("There is no user {which!r}.", which="BBC (UK)")
    assert "\u2068BBC (UK)\u2069" in said


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        pytest.param("ar-MA,fr;q=0.8", "ar", id="a region"),
        pytest.param("de, fr;q=0.5, es;q=0.7", "es", id="the best that there is"),
        pytest.param("de", None, id="none"),
        pytest.param("fr;q=0", None, id="refused"),
        pytest.param("fr;q=x, *", None, id="unreadable"),
        pytest.param("", None, id="nothing said"),
    ],
)
def test_accept_language(header: str, wanted: str | None) -> None:
    assert accepted(header) == wanted


def test_the_first_choice_counts() -> None:
    assert chosen((None, "fr", "es")).code == "fr"
    assert chosen((None, None)).code == "en"
    assert translator("tlh").code == "en"
    assert set(LANGUAGES) >= {"en", "fr", "es", "ar"}
