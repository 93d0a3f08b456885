"""Why a name or a topic counts, in the reader's language: mentions are stored with the English of it (`mentions.reason`)."""

from __future__ import annotations

import re

from storage.language import _

_ALIAS = re.compile(r'alias "(.*?)"(?:, (.*))?', re.DOTALL)
_SURNAME = re.compile(r'surname (?:after|of) "(.*)"', re.DOTALL)
_CLAUSE = re.compile(r"clause (.*)", re.DOTALL)


def rule_words(rule: str) -> str:
    """Return a stored reason as the reader says it; one of another form as it is."""
    if (found := _ALIAS.fullmatch(rule)) is not None:
        name, how = found[1], found[2]
        if how is None:
            return _('alias "{name}"', name=name)
        if how == "spelt otherwise":
            return _('alias "{name}", spelt otherwise', name=name)
        if how == "another form":
            return _('alias "{name}", another form', name=name)
        if how.endswith(" left out"):
            return _('alias "{name}", {part} left out', name=name, part=how.removesuffix(" left out"))
        return ", ".join((_('alias "{name}"', name=name), how))
    if (found := _SURNAME.fullmatch(rule)) is not None:
        return _('surname after "{name}"', name=found[1])
    if (found := _CLAUSE.fullmatch(rule)) is not None:
        return _("query {query}", query=found[1])
    return _("the article itself") if rule == "the article itself" else rule
