"""In which encoding a table of names was saved. Pure.

UTF-8 is told by itself. Of the others, spreadsheets write the code page of the machine's language: Windows-1252 for French and
Spanish, Windows-1256 for Arabic, Windows-1251 for Russian. Letters beyond ASCII stand in words with other letters in the first,
and make whole words in the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_WORDS = re.compile(rb"[A-Za-z\x80-\xff]{2,}")
_BEYOND = re.compile(rb"[\x80-\xff]+")
_SCRIPTS = {"windows-1256": ("\u0621", "\u0652"), "windows-1251": ("\u0410", "\u044f")}
"""Code pages of whole words, with the first and last letter of their script."""


def encoding_of(start: bytes, lines: Iterable[bytes]) -> str:
    """Return the encoding of a file that begins so and has these lines.

    A few lines that are not UTF-8 among more that are don't make it another encoding: they are what is wrong with it.
    """
    if start.startswith(_UTF_16):
        return "utf-16"
    utf_8 = 0
    others: list[bytes] = []
    for line in lines:
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            others.append(line[:1000])
        else:
            utf_8 += 1
        if utf_8 + len(others) >= 10_000:
            break
    return "utf-8-sig" if utf_8 >= len(others) else _code_page(b"\n".join(others))


def _code_page(text: bytes) -> str:
    words = [word for word in _WORDS.findall(text) if not word.isascii()]
    whole = [word for word in words if _BEYOND.fullmatch(word)]
    if len(whole) <= len(words) / 2:
        return "windows-1252"
    return max(_SCRIPTS, key=lambda name: _share(b"".join(whole), name))


def _share(words: bytes, name: str) -> float:
    first, last = _SCRIPTS[name]
    letters = words.decode(name, "replace")
    return sum(first <= letter <= last for letter in letters) / len(letters)
