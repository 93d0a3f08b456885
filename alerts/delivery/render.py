"""A message in words: its subject line, its text, its HTML. Pure; the templates stand in `templates/`."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from alerts.delivery.characters import one_line
from alerts.delivery.payload import AlertData, DigestData, Message
from alerts.delivery.view import MAX_NAME, alert_view, number_of_alerts, sections, utc

MAX_SUBJECT = 200

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(("html",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def subject(message: Message) -> str:
    """Gives one line of at most `MAX_SUBJECT` characters: `[watch list] title`."""
    match message.data:
        case AlertData() as alert:
            line = f"[{one_line(alert.watch_list, MAX_NAME)}] {alert_view(alert).title}"
        case DigestData() as digest:
            names = [one_line(part.watch_list, MAX_NAME) for part in digest.watch_lists]
            alerts = number_of_alerts(digest)
            line = f"[{names[0]}] {alerts}" if len(names) == 1 else f"{alerts}: {', '.join(names)}"
    return one_line(line, MAX_SUBJECT)


def as_text(message: Message) -> str:
    """Gives the message as plain text; what matched stands between two pairs of asterisks."""
    return _render(message, "txt")


def as_html(message: Message) -> str:
    """Gives the message as one HTML document without scripts, images or outside resources."""
    return _render(message, "html")


def _render(message: Message, form: str) -> str:
    match message.data:
        case AlertData() as alert:
            template = _templates.get_template(f"alert.{form}")
            return template.render(subject=subject(message), alert=alert_view(alert), channel=message.channel)
        case DigestData() as digest:
            template = _templates.get_template(f"digest.{form}")
            return template.render(
                subject=subject(message),
                sections=sections(digest),
                count=number_of_alerts(digest),
                since=utc(digest.period.since),
                until=utc(digest.period.until),
                channel=message.channel,
            )
