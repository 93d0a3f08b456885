"""Patronymics of Russian, Ukrainian and Belarusian names, which stand between the given name and the surname. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_ENDINGS: Final = (
    r"(?:[оеиі]вич|[оеиі]віч|льич|лліч|кузьмич|фомич|лукич|никитич)(?:а|у|ем|ом|е|ові|еві|і)?"
    r"|(?:[оеиі]вн|нічн|ничн)(?:а|ы|е|у|ои|ою|еи|і|и)"
    r"|[oe](?:vich|vitch|vna)|lyich"
)
_PATRONYMIC: Final = re.compile(rf"(?<= )(\w+?(?:{_ENDINGS}))(?= )")
_SIGNS: Final = ("ич", "іч", "вн", "чн", "vich ", "vitch ", "vna ", "lyich ")


def patronymics(folded: str) -> Iterator[tuple[int, int]]:
    """Yield where words of a folded text that may be patronymics begin and end; whose they are is not looked at."""
    if any(sign in folded for sign in _SIGNS):
        for found in _PATRONYMIC.finditer(folded):
            yield found.span(1)
