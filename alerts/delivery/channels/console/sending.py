"""The terminal: each alert is printed to standard output, readable at 80 columns."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from alerts.delivery.channels.base import Channel, Receipt
from alerts.delivery.characters import one_line, shown
from alerts.delivery.payload import (
    AlertData,
    ArticleData,
    DigestData,
    Message,
    ReviewData,
    ServiceData,
    StoryData,
    TriageData,
)
from alerts.delivery.render import words_of_story, words_of_triage
from alerts.delivery.review_view import titled
from alerts.delivery.view import (
    AlertView,
    Passage,
    Reason,
    alert_view,
    number_of_alerts,
    period_of,
    sections,
)
from alerts.errors import DeliveryError
from storage.troubles import Trouble

EXCERPTS = 2
INDENT = (0, 0, 0, 4)


@dataclass(frozen=True, slots=True)
class ConsoleConfig:
    """How wide it prints, in columns."""

    width: int = 80


class ConsoleChannel(Channel):
    """Prints each message. Where there are no colours (a pipe, a file), what matched stands between asterisks."""

    def __init__(self, config: ConsoleConfig, *, stream: TextIO | None = None) -> None:
        """Print to `stream`, or to what is standard output when a message comes."""
        self._config = config
        self._stream = stream

    async def send(self, message: Message) -> Receipt:
        """Print the message. What the terminal's encoding lacks is printed as `?`."""
        stream = self._stream or sys.stdout
        try:
            text = self._printed(message, colours=stream.isatty())
            encoding = stream.encoding or "utf-8"
            stream.write(text.encode(encoding, "replace").decode(encoding))
            stream.flush()
        except (OSError, ValueError) as error:  # a closed pipe, a closed file
            raise DeliveryError(Trouble("output", {"detail": str(error)}), recoverable=True) from error
        return Receipt()

    def _printed(self, message: Message, *, colours: bool) -> str:
        page = io.StringIO()
        console = Console(file=page, width=self._config.width, force_terminal=colours)
        time = f"{message.created_at.astimezone(UTC):%H:%M:%S} UTC"
        match message.data:
            case AlertData() as alert:
                _print(console, alert_view(alert), time)
            case DigestData() as digest:
                console.print(Text(f"{number_of_alerts(digest)}, {period_of(digest)}"))
                for section in sections(digest):
                    for view in section.alerts:
                        _print(console, view, time)
                if digest.more:
                    console.print(Text(f"and {digest.more} more"))
            case ServiceData() as service:
                console.print(Text(f"{time}  {one_line(service.subject, 200)}", style="bold"))
                console.print(Padding(Text(shown(service.text)), INDENT))
                console.print()
            case ReviewData() as review:
                console.print(Text(f"{time}  {one_line(titled(review), 200)}", style="bold"))
                for part in review.sections:
                    for item in part.items:
                        line = f"{one_line(item.headline, 300)} ({one_line(item.outlet, 100)})"
                        console.print(Padding(Text(line), INDENT))
                console.print()
            case ArticleData() as article:
                line = f"{one_line(article.title, 300)} ({one_line(article.outlet, 100)})"
                console.print(Text(f"{time}  {line}", style="bold"))
                console.print()
            case StoryData() as story:
                console.print(Text(f"{time}  {words_of_story(message.kind, story)}", style="bold"))
                console.print()
            case TriageData() as triage:
                console.print(Text(f"{time}  {words_of_triage(message.kind, triage)}", style="bold"))
                console.print()
        return "\n".join(
            line.rstrip() for line in page.getvalue().split("\n")
        )  # Padding fills each line with spaces


def _print(console: Console, alert: AlertView, time: str) -> None:
    """Print one alert and an empty line. Only `Text` is printed, so that brackets in a headline are no markup."""
    colours = console.is_terminal
    console.print(Text.assemble((time, "dim"), "  ", (alert.watch_list, "bold red")))
    console.print(Padding(_marked(alert.headline, colours=colours, style="bold"), INDENT))
    place = alert.outlet + (f" ({alert.country})" if alert.country else "")
    console.print(Padding(Text.assemble(place, (f", {alert.when}", "dim")), INDENT))
    for reason in alert.reasons:
        console.print(Padding(Text(f"{reason.name}: {', '.join(_why(reason))}", style="dim"), INDENT))
    for excerpt in alert.excerpts[:EXCERPTS]:
        console.print(Padding(_marked(excerpt, colours=colours), (0, 0, 0, 6)))
    if alert.url:
        console.print(
            Text(f"    {alert.url}", style="blue"), soft_wrap=True
        )  # an address that is broken can't be followed
    console.print()


def _why(reason: Reason) -> Iterator[str]:
    yield reason.times
    yield from reason.rules


def _marked(passage: Passage, *, colours: bool, style: str = "") -> Text:
    text = Text(style=style)
    text.append("… " if passage.cut_before else "")
    for segment in passage.segments:
        if not segment.marked:
            text.append(segment.text)
        elif colours:
            text.append(segment.text, style="black on bright_yellow")
        else:
            text.append(f"**{segment.text}**")
    text.append(" …" if passage.cut_after else "")
    return text
