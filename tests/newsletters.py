"""Newsletters as people get them, for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import count

SENDER = "news@fisheries.example"
_NUMBERS = count(1)
PARAGRAPHS = (
    "Minister Nasser Bourita received a delegation in Rabat on Monday to settle the calendar of the talks on fisheries.",
    "The working group will meet in Agadir before the summer, and is to report to both governments in the autumn.",
)


def newsletter(
    subject: str = "Talks in Rabat",
    *paragraphs: str,
    sender: str = f"Ministry of Fisheries <{SENDER}>",
    at: datetime | None = None,
    id: str | None = None,
    html: str | None = None,
) -> EmailMessage:
    """A message with a text and its HTML, in a frame such as newsletters have."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "news@desk.example"
    message["Subject"] = subject
    message["Date"] = format_datetime(at or datetime.now(UTC))
    message["Message-ID"] = id or f"<{next(_NUMBERS)}@fisheries.example>"
    said = paragraphs or PARAGRAPHS
    message.set_content("\n\n".join(said))
    message.add_alternative(html or framed(*(f"<p>{paragraph}</p>" for paragraph in said)), subtype="html")
    return message


def framed(*blocks: str) -> str:
    """HTML with what newsletters have around their text."""
    rows = "".join(f"<tr><td>{block}</td></tr>" for block in blocks)
    return (
        "<html><head><title>News</title><style>td { color: red }</style></head><body>"
        "<div style='display:none;max-height:0'>A word for the list of mails. &zwnj;</div>"
        "<p><a href='https://news.fisheries.example/view?id=1'>View this in your browser</a></p>"
        f"<table>{rows}</table>"
        "<table><tr><td>You get this since you signed up. <a href='https://news.fisheries.example/u?id=1'>Unsubscribe</a>"
        "</td></tr></table><img src='https://news.fisheries.example/open.gif' width='1' height='1'></body></html>"
    )
