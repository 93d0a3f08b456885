"""Bytes to text, whatever was declared: feeds and pages lie about their charset often enough that the bytes are asked first."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTENT_TYPE = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARED = re.compile(
    rb"(?:<\?xml[^>]{0,200}?encoding\s*=\s*|<meta[^>]{0,200}?charset\s*=\s*)[\"']?\s*([\w.:-]+)",
    re.IGNORECASE,
)
_ALIASES = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
}
"""What browsers take these names for (WHATWG Encoding Standard)."""
_DETECTION_BYTES = 200_000


def decode(body: bytes, *, content_type: str | None = None) -> str:
    """Gives the text of a document.

    In order: a byte order mark; UTF-8 where the bytes are valid UTF-8 (no other charset looks like it by chance); the charset of
    the HTTP header; the one that the document declares; the likeliest by statistics. Bytes that still don't fit become U+FFFD.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, errors="replace")
    names = _candidates(body, content_type)
    for name in names:
        try:
            return body.decode(_ALIASES.get(name, name))
        except (LookupError, UnicodeDecodeError):
            continue
    return _guess(body, names)


def likely_utf8(body: bytes, *, content_type: str | None = None) -> bytes | None:
    """Gives the document without its byte order mark where `decode` tries UTF-8 first; None where it does not.

    Whether the bytes are valid UTF-8 is left to what reads them: to look costs as much as to decode them.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :] if name == "utf-8" else None
    return body if _candidates(body, content_type)[:1] == ["utf-8"] else None


def _candidates(body: bytes, content_type: str | None) -> list[str]:
    """Gives the charsets that a document without a byte order mark may be in, the first to try first."""
    declared = _CONTENT_TYPE.search(content_type or "")
    names = [declared[1].lower()] if declared else []
    head = body[:2048]
    if (inside := _DECLARED.search(head.replace(b"\x00", b""))) is not None:
        names.append(inside[1].decode("ascii").lower())
    if b"<\x00" in head[:4] or b"\x00<" in head[:4]:
        return ["utf-16-le" if b"<\x00" in head[:4] else "utf-16-be"]
    if not (any(name.startswith("iso-2022") for name in names) and b"\x1b$" in body):
        names.insert(0, "utf-8")
    return names


def _guess(body: bytes, names: list[str]) -> str:
    """Text that breaks every charset it may have: nearly UTF-8 (cut or with a stray byte), or undeclared."""
    utf8 = body.decode("utf-8", errors="replace")
    strays = utf8.count("\ufffd")
    if strays * 20 <= sum(1 for byte in body if byte >= 0x80) - strays:
        return utf8
    guesses = _likeliest(body[:_DETECTION_BYTES])
    for name in [*guesses, *names, "cp1252"]:
        try:
            return body.decode(_ALIASES.get(name, name), errors="replace")
        except LookupError:
            continue
    return utf8


def _likeliest(body: bytes) -> list[str]:
    """Gives the likeliest charset by statistics; where several are equally likely, the one that most of the web has."""
    matches = list(charset_normalizer.from_bytes(body))
    equal = [m for m in matches if (m.chaos, m.coherence) == (matches[0].chaos, matches[0].coherence)]
    names = [name for match in equal for name in match.could_be_from_charset]
    return ["cp1252"] if "cp1252" in names else names[:1]
