"""When messages are sent, as a form asks and a page says it: a choice, times of day and a zone, made into what settings write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from alerts.delivery.timing import EVERY_DAY, Quiet, parse_quiet, parse_send
from service.actions.errors import InvalidError
from service.web.access import Form
from storage.language import _, listed

TYPED: Final = "typed"
"""The choice for what no other says: it is written as in the settings."""
TIMES: Final = 2
"""Times of day that a form has room for."""
DAYS: Final[Mapping[str, tuple[str, frozenset[int]]]] = {
    "daily": ("", EVERY_DAY),
    "weekdays": ("mon-fri ", frozenset(range(5))),
    "sunday-thursday": ("sun-thu ", frozenset((6, 0, 1, 2, 3))),
}
"""The choices that need a time of day: how the settings write their days, and which these are (0 is Monday)."""
PLAIN: Final = ("", "immediate", "hourly")
"""The choices that settings write in one word; the first is none."""
_PLACES: Final = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@dataclass(frozen=True, slots=True)
class SendingForm:
    """What stands in the fields. `send_typed` and `quiet` are as settings write them, for what the others can't say."""

    send: str = "immediate"
    at: tuple[str, ...] = ("", "")
    send_typed: str = ""
    quiet_from: str = ""
    quiet_to: str = ""
    quiet: str = ""
    zone: str = ""

    @classmethod
    def of(cls, send: str, quiet: Sequence[str] = (), zone: str = "", *, here: str) -> SendingForm:
        """Return the fields of what is stored. `here` is the zone of who looks, where none is stored. Pure.

        The form has one zone: what is stored with several stands where it is typed.
        """
        regular, span = _regular(send), _span(quiet)
        zones = dict.fromkeys(filter(None, (zone, regular and regular[2], span and span.zone)))
        if len(zones) > 1:
            regular, span = None, None
        choice = regular[0] if regular else send if send in PLAIN else TYPED
        return cls(
            send=choice,
            at=(*(regular[1] if regular else ()), "", "")[:TIMES],
            send_typed=send if choice == TYPED else "",
            quiet_from=f"{span.begin:%H:%M}" if span else "",
            quiet_to=f"{span.end:%H:%M}" if span else "",
            quiet="" if span else "\n".join(quiet),
            zone=zone or next(iter(zones), here),
        )

    @classmethod
    def typed(cls, form: Form) -> SendingForm:
        """Return the fields as they were sent. Whoever sends what settings write as `send` is understood too."""
        send = form.text("send")
        known = send in (*PLAIN, TYPED, *DAYS)
        return cls(
            send=send if known else TYPED,
            at=(form.text("send_at"), form.text("send_at_2")),
            send_typed=form.text("send_typed") if known else send,
            quiet_from=form.text("quiet_from"),
            quiet_to=form.text("quiet_to"),
            quiet=form.text("quiet"),
            zone=form.text("zone"),
        )

    @property
    def send_text(self) -> str:
        """What `send` is to be. Raise `InvalidError` for what lacks."""
        if self.send == TYPED:
            return self.send_typed
        if self.send not in DAYS:
            return self.send
        times = [time for time in self.at if time]
        if not times:
            raise InvalidError(_("Say at what time of day."), key="send")
        return f"{DAYS[self.send][0]}{','.join(times)} {self._zone()}"

    @property
    def quiet_texts(self) -> list[str]:
        """What `quiet` is to be. Raise `InvalidError` for what lacks."""
        if bool(self.quiet_from) != bool(self.quiet_to):
            raise InvalidError(_("Quiet hours have a beginning and an end."), key="quiet")
        span = [f"{self.quiet_from}-{self.quiet_to} {self._zone()}"] if self.quiet_from else []
        return span + [line.strip() for line in self.quiet.split("\n") if line.strip()]

    def _zone(self) -> str:
        if not self.zone:
            raise InvalidError(_("A time of day needs a time zone, such as Africa/Casablanca."), key="zone")
        return self.zone


def sending_words(send: str) -> str:
    """Return when a channel sends, in words; as settings write it, where no sentence is simpler."""
    regular = _regular(send)
    if regular is None:
        return {"immediate": _("at once"), "hourly": _("every hour")}.get(send, send)
    choice, times, zone = regular
    given = {"times": listed(times), "zone": zone}
    match choice:
        case "daily":
            return _("every day at {times} ({zone})", **given)
        case "weekdays":
            return _("Monday to Friday at {times} ({zone})", **given)
        case _:
            return _("Sunday to Thursday at {times} ({zone})", **given)


@cache
def zone_names() -> tuple[str, ...]:
    """Return the zones that a form proposes: those of places."""
    return tuple(sorted(name for name in available_timezones() if name.partition("/")[0] in _PLACES))


def _regular(send: str) -> tuple[str, tuple[str, ...], str] | None:
    """Return the choice, times and zone that say when something is sent; None where the fields have no room for it."""
    try:
        slots = parse_send(send).slots if send else ()
    except ValueError:
        return None
    kinds = {(slot.days, slot.zone, slot.month_days) for slot in slots}
    if len(kinds) != 1 or len(slots) > TIMES:
        return None
    ((days, zone, month_days),) = kinds
    choice = next((name for name, (_text, known) in DAYS.items() if known == days), None)
    if choice is None or month_days:
        return None
    return choice, tuple(f"{slot.at:%H:%M}" for slot in slots), zone


def _span(quiet: Sequence[str]) -> Quiet | None:
    """Return quiet hours that are the same each day; None where they are otherwise, or there are none."""
    try:
        spans = [parse_quiet(text) for text in quiet]
    except ValueError:
        return None
    return spans[0] if len(spans) == 1 and spans[0].days == EVERY_DAY and not spans[0].whole_day else None
