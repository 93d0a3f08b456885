"""A login's form: found on its page, filled in, and found again where somebody is not logged in. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin

from lxml import html

LARGEST_PAGE = 1_000_000
"""Bytes of a page that are looked at: this runs in the service's own loop."""
_NOT_SENT = frozenset({"submit", "button", "image", "reset", "file"})


@dataclass(frozen=True, slots=True)
class LoginForm:
    """A form as its page has it: where it is sent, how, and what stands in it already (tokens against forgery)."""

    action: str
    method: str
    given: tuple[tuple[str, str], ...] = field(repr=False)

    def filled(self, values: Mapping[str, str]) -> bytes:
        """Return what is sent: the page's own fields, with these filled in (application/x-www-form-urlencoded)."""
        kept = [(name, value) for name, value in self.given if name not in values]
        return urlencode([*kept, *values.items()]).encode()


def find_form(body: bytes, url: str, names: Collection[str]) -> LoginForm | None:
    """Return the first form of a page that has all these fields; None where it has none."""
    body = body[:LARGEST_PAGE]
    if not all(name.encode() in body for name in names):
        return None  # most pages, without the cost of reading them
    try:
        page = html.document_fromstring(body)
    except (ValueError, html.etree.ParserError):  # nothing in it, or not a document
        return None
    base = next(iter(page.xpath("//base[@href]/@href")), "")
    for form in page.iter("form"):
        if not _fields_of(form) >= frozenset(names):
            continue
        action = urljoin(urljoin(url, base), (form.get("action") or "").strip() or url)
        return LoginForm(action, (form.get("method") or "get").lower(), tuple(_given(form)))
    return None


def says(body: bytes, text: str) -> bool:
    """Return whether a page's source has this text, whatever the case."""
    return text.casefold() in body[:LARGEST_PAGE].decode(errors="replace").casefold()


def _fields_of(form: html.HtmlElement) -> frozenset[str]:
    return frozenset(
        name for element in form.iter("input", "select", "textarea") if (name := element.get("name"))
    )


def _given(form: html.HtmlElement) -> list[tuple[str, str]]:
    """Return what a browser would send of an untouched form whose first button is pressed."""
    given: list[tuple[str, str]] = []
    has_button = False
    for element in form.iter("input", "button", "select", "textarea"):
        name, kind = element.get("name"), (element.get("type") or "").lower()
        if element.get("disabled") is not None:
            continue
        if kind == "submit" or (element.tag == "button" and kind == ""):
            if name and not has_button:
                given.append((name, element.get("value") or ""))
            has_button = True
        elif not name or element.tag == "button" or kind in _NOT_SENT:
            continue
        elif kind in ("checkbox", "radio"):
            if element.get("checked") is not None:
                given.append((name, element.get("value") or "on"))
        elif element.tag == "input":
            given.append((name, element.get("value") or ""))
        else:
            value = element.value
            given.append((name, value if isinstance(value, str) else ""))
    return given
