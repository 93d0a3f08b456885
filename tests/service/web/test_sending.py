"""When a channel sends is chosen in a form and stored as settings write it."""

from __future__ import annotations

import pytest
from starlette.datastructures import FormData

from alerts.delivery.timing import parse_send
from service.actions.errors import InvalidError
from service.web.access import Form
from service.web.sending import SendingForm, sending_words

HERE = "Africa/Cairo"


@pytest.mark.parametrize(
    ("stored", "choice", "at"),
    [
        pytest.param("immediate", "immediate", ("", ""), id="at once"),
        pytest.param("hourly", "hourly", ("", ""), id="hourly"),
        pytest.param("08:00 Africa/Casablanca", "daily", ("08:00", ""), id="each morning"),
        pytest.param(
            "mon-fri 07:30,17:00 Europe/Paris", "weekdays", ("07:30", "17:00"), id="twice on weekdays"
        ),
        pytest.param("sun-thu 08:00 Africa/Cairo", "sunday-thursday", ("08:00", ""), id="sunday to thursday"),
        pytest.param("mon,thu 07:30 Europe/Paris", "typed", ("", ""), id="some days"),
        pytest.param("1 07:00 Africa/Casablanca", "typed", ("", ""), id="a day of the month"),
        pytest.param("08:00 Africa/Cairo; 09:00 Europe/Paris", "typed", ("", ""), id="two zones"),
        pytest.param("06:00,12:00,18:00 Europe/Paris", "typed", ("", ""), id="three times"),
    ],
)
def test_what_is_stored_stands_in_the_form_and_comes_back_the_same(
    stored: str, choice: str, at: tuple[str, ...]
) -> None:
    for text in (stored, str(parse_send(stored))):  # as it was given, and as channels keep it
        form = SendingForm.of(text, here=HERE)
        assert (form.send, form.at) == (choice, at)
        assert parse_send(form.send_text) == parse_send(stored)


@pytest.mark.parametrize(
    ("quiet", "zone", "typed"),
    [
        pytest.param(["22:00-07:00 Africa/Casablanca"], "", False, id="each night"),
        pytest.param(["22:00-07:00 Africa/Casablanca"], "Africa/Casablanca", False, id="in its zone"),
        pytest.param(["22:00-07:00 Africa/Casablanca"], "Europe/Paris", True, id="in another zone"),
        pytest.param(["sat,sun 00:00-24:00 Africa/Cairo"], "", True, id="whole days"),
        pytest.param(["22:00-07:00 Africa/Cairo", "sat 08:00-12:00 Africa/Cairo"], "", True, id="several"),
        pytest.param([], "", False, id="none"),
    ],
)
def test_quiet_hours_come_back_the_same(quiet: list[str], zone: str, typed: bool) -> None:
    form = SendingForm.of("immediate", quiet, zone, here=HERE)
    assert form.quiet_texts == quiet
    assert bool(form.quiet) is typed
    assert form.zone == (zone or ("Africa/Casablanca" if quiet and not typed else HERE))


def form_of(**fields: str) -> SendingForm:
    return SendingForm.typed(Form(FormData(fields)))


def test_what_is_chosen_is_stored_as_settings_write_it() -> None:
    chosen = form_of(send="weekdays", send_at="08:00", send_at_2="17:00", zone="Europe/Paris")
    assert chosen.send_text == "mon-fri 08:00,17:00 Europe/Paris"
    assert form_of(send="mon 08:00 Europe/Paris").send_text == "mon 08:00 Europe/Paris"  # of a program
    assert form_of(send="hourly", send_at="08:00").send_text == "hourly"
    assert form_of(quiet_from="22:00", quiet_to="07:00", zone=HERE).quiet_texts == [
        "22:00-07:00 Africa/Cairo"
    ]


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        pytest.param({"send": "daily", "zone": HERE}, "send", id="no time"),
        pytest.param({"send": "daily", "send_at": "08:00"}, "zone", id="no zone"),
        pytest.param({"send": "hourly", "quiet_from": "22:00", "zone": HERE}, "quiet", id="no end"),
    ],
)
def test_what_lacks_is_said_at_its_field(fields: dict[str, str], key: str) -> None:
    with pytest.raises(InvalidError) as raised:
        _ = form_of(**fields).send_text, form_of(**fields).quiet_texts
    assert raised.value.key == key


def test_when_a_channel_sends_is_said_in_words() -> None:
    assert sending_words("immediate") == "at once"
    assert sending_words(
        "mon,tue,wed,thu,fri 08:00 Europe/Paris; mon,tue,wed,thu,fri 17:00 Europe/Paris"
    ) == ("Monday to Friday at 08:00 and 17:00 (Europe/Paris)")
    assert sending_words("mon 08:00 Europe/Paris") == "mon 08:00 Europe/Paris"
