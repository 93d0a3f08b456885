"""What the terminal shows: at 80 columns, whatever its encoding and whatever a headline holds."""

from __future__ import annotations

import io
import re

import pytest

from alerts.delivery.channels.console.sending import ConsoleChannel, ConsoleConfig
from alerts.delivery.payload import AlertData, DigestData
from alerts.errors import DeliveryError
from tests.alerts.delivery.samples import (
    ENGLISH,
    HOSTILE_TITLES,
    WATCH_LIST,
    alert_data,
    arabic_data,
    digest_data,
    hostile,
    message,
)

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


async def printed(data: AlertData | DigestData, *, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    await ConsoleChannel(ConsoleConfig(), stream=stream).send(message(data))
    return raw.getvalue().decode(encoding)


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


async def test_an_alert_is_told_in_lines_of_80_columns() -> None:
    lines = (await printed(alert_data())).splitlines()
    assert lines[0] == f"12:00:00 UTC  {WATCH_LIST}"
    assert lines[1] == "    Rabat talks: **Bourita** receives the UN envoy on Western Sahara"
    assert lines[2] == "    Example Gazette (Morocco), 2 March 2026, 11:40 UTC"
    assert lines[3] == '    Nasser Bourita: 3 times, surname after "Nasser Bourita", alias "Nasser'
    assert "      The foreign minister of Morocco, **Nasser Bourita**, received the United" in lines
    assert f"    {ENGLISH.url}" in lines
    assert max(map(len, lines)) <= 80


async def test_a_terminal_gets_colours_instead_of_asterisks() -> None:
    terminal = Terminal()
    await ConsoleChannel(ConsoleConfig(), stream=terminal).send(message())
    shown = terminal.getvalue()
    assert COLOURS.search(shown)
    assert "**" not in shown
    assert re.search(r"\x1b\[[0-9;]+mBourita\x1b\[0m", shown)


async def test_a_digest_is_told_whole() -> None:
    shown = await printed(digest_data())
    assert shown.startswith("3 alerts, 2 March 2026, 09:00 to 3 March 2026, 08:00 UTC\n")
    assert shown.count("12:00:00 UTC") == 3


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8", "utf-16"])
@pytest.mark.parametrize("title", HOSTILE_TITLES.values(), ids=HOSTILE_TITLES)
async def test_any_title_is_told_in_any_encoding(title: str, encoding: str) -> None:
    shown = await printed(hostile(title), encoding=encoding)
    assert not [character for character in shown if ord(character) < 32 and character != "\n"]


async def test_what_the_encoding_lacks_becomes_a_question_mark() -> None:
    assert "????? ???????" in await printed(arabic_data(), encoding="ascii")


async def test_brackets_are_no_markup() -> None:
    assert "[red]markup[/red]" in await printed(hostile("[red]markup[/red]"))


async def test_control_sequences_of_a_title_do_not_reach_the_terminal() -> None:
    terminal = Terminal()
    await ConsoleChannel(ConsoleConfig(), stream=terminal).send(
        message(hostile("a\x1b]0;forged\x07b\x1b[2J\x9b2Jc"))
    )
    assert "\x1b" not in COLOURS.sub("", terminal.getvalue())
    assert "\x9b" not in terminal.getvalue()


async def test_standard_output_is_looked_up_when_a_message_comes(capsys: pytest.CaptureFixture[str]) -> None:
    channel = ConsoleChannel(ConsoleConfig())
    await channel.send(message())
    assert ENGLISH.url is not None
    assert ENGLISH.url in capsys.readouterr().out


async def test_a_closed_stream_is_tried_again() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(DeliveryError) as caught:
        await ConsoleChannel(ConsoleConfig(), stream=stream).send(message())
    assert caught.value.recoverable
