"""Messages in templates: translated, with values escaped where the template is HTML. For the pages and the mails alike."""

from __future__ import annotations

import re
from functools import lru_cache

from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from storage.language import Isolated, number, said, speaker

_PLACE, _NAME = re.compile(r"{([^{}]*)}"), re.compile(r"\w+")


@pass_eval_context
def translated(context: EvalContext, message: str, /, **values: object) -> str:
    """Return a message in the reader's language: `_("Sign in")`."""
    return _filled(context, message, speaker().words.gettext(message), values)


@pass_eval_context
def marked(context: EvalContext, text: str) -> str:
    """Return a text that was marked elsewhere (`N_`), or a plugin's, in the reader's language: it has no places and no tags."""
    told = said(text)
    return escape(told) if context.autoescape else told


@pass_eval_context
def counted(context: EvalContext, one: str, many: str, count: int, /, **values: object) -> str:
    """Return the message in the form that the number takes, which stands at `{count}`: `ngettext("{count} alert", …, 3)`."""
    said = speaker().words.ngettext(one, many, count)
    return _filled(context, many, said, {**values, "count": number(count)})


@pass_eval_context
def in_context(context: EvalContext, where: str, message: str, /, **values: object) -> str:
    """Return a message as it is said there: `pgettext("state", "new")`."""
    return _filled(context, message, speaker().words.pgettext(where, message), values)


def _filled(context: EvalContext, message: str, said: str, values: dict[str, object]) -> str:
    """Fill in the values. In HTML they are escaped, and so is a message without tags or entities of its own."""
    translator = speaker()
    if not context.autoescape:
        return translator.fill(said, values)
    text = _safe(message, said)
    if not values and "{" not in text and "}" not in text:
        return text
    if translator.direction == "rtl":
        in_tags = _places_in_tags(message)
        values = {key: _apart(value, in_tag=key in in_tags) for key, value in values.items()}
    if not _has_plain_places(text):
        return Markup(translator.fill(text, values))  # noqa: S704  (filled by Markup's own format, which escapes)
    escaped = {
        key: escape(f"{value}" if type(value) is Isolated else value)
        for key, value in translator.apart(values).items()
    }
    return Markup(str(text).format(**escaped))  # noqa: S704  (as Markup's own format does, in a quarter of the time)


@lru_cache(maxsize=5_000)
def _safe(message: str, said: str) -> Markup:
    return Markup(said) if "<" in message or "&" in message else escape(said)  # noqa: S704  (a message of ours)


@lru_cache(maxsize=5_000)
def _has_plain_places(text: str) -> bool:
    """Return whether the places of a message are names alone: no `{count:,}`, no `{name!r}`, no `{found.total}`."""
    return all(_NAME.fullmatch(name) for name in _PLACE.findall(text))


def _apart(value: object, *, in_tag: bool) -> object:
    """Return a value that stands apart from the direction of what is around it; one within a tag as it is."""
    if in_tag:
        return escape(value)
    return Markup("<bdi>{}</bdi>").format(value) if hasattr(value, "__html__") else value


@lru_cache(maxsize=2_000)
def _places_in_tags(message: str) -> frozenset[str]:
    """Return the places that stand in a tag, such as the address of a link."""
    return frozenset(name for tag in re.findall(r"<[^>]*>", message) for name in re.findall(r"{(\w+)", tag))
