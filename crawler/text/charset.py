"""Bytes to text, whatever was declared: feeds and pages lie about their charset often enough that the bytes are asked first."""

from __future__ import annotations

import codecs
import re

import charset_normalizer
import webencodings

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
_CODECS = {
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "gbk": "gb18030",
    "iso-8859-8-i": "iso-8859-8",
    "macintosh": "mac-roman",
    "shift_jis": "cp932",
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
}
"""Python's names for encodings of the WHATWG's Encoding Standard, where it has another, or a narrower one under the same."""
_OTHERS = re.compile(r"[^\x00-\x7f]+")
_LETTERS = re.compile(rb"(?<![<&/])\b[A-Za-z]+\b(?![:=\"'])")
_NOT_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_SINGLE_BYTES = {
    ord(sign): byte for byte in range(0x80, 0xA0) if (sign := bytes([byte]).decode("cp1252", errors="ignore"))
}
_FOLLOWING = rf"[\x80-\xbf{''.join(map(chr, _SINGLE_BYTES))}]"
_TWICE = re.compile(rf"[\xc2-\xdf]{_FOLLOWING}|[\xe0-\xef]{_FOLLOWING}{{2}}")
_FEWEST_TWICE = 3
_BEGINNING = 50_000
_FEW = 40
"""High bytes of which statistics make anything."""
_DETECTION_BYTES = 200_000


def decode(body: bytes, *, content_type: str | None = None) -> str:
    """Return the text of a document.

    In order: a byte order mark; UTF-8 where the bytes are valid UTF-8 (no other charset looks like it by chance); the charset of
    the HTTP header; the one that the document declares; the likeliest by statistics. Bytes that still don't fit become U+FFFD.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            body = body[len(mark) :]
            if not name.startswith("utf-16") or not _is_in_single_bytes(body):
                return body.decode(name, errors="replace")
            break
    names = _candidates(body, content_type)
    for name in names:
        try:
            text = body.decode(_codec(name))
        except (LookupError, UnicodeDecodeError):
            continue
        return _written_once(text) if name == "utf-8" and _may_be_twice(body) else text
    return _guess(body, names)


def _may_be_twice(body: bytes) -> bool:
    """Tell at little cost whether a document's beginning holds letters that UTF-8 written twice is full of."""
    beginning = body[:_BEGINNING]
    return "Ã".encode() in beginning or "Ð".encode() in beginning


def _written_once(text: str) -> str:
    """Undo UTF-8 that was taken for Windows-1252 and written as UTF-8 again ("Ã©"), where a page has little else."""
    twice = _TWICE.findall(text)
    if len(twice) < _FEWEST_TWICE:
        return text
    if 2 * sum(map(len, twice)) < sum(map(len, _OTHERS.findall(text))):
        return text
    return _OTHERS.sub(_undone, text)


def _undone(match: re.Match[str]) -> str:
    try:
        return match[0].translate(_SINGLE_BYTES).encode("latin-1").decode()
    except UnicodeError:
        return match[0]


def _codec(label: str) -> str:
    """Return Python's name for the charset that browsers take a label for."""
    encoding = webencodings.lookup(label)
    return label if encoding is None else _CODECS.get(encoding.name, encoding.name)


def _is_in_single_bytes(body: bytes) -> bool:
    """Return whether a document is plainly not UTF-16, whatever its mark says."""
    return body[:1] == b"<" and b"\x00" not in body[:64]


def likely_utf8(body: bytes, *, content_type: str | None = None) -> bytes | None:
    """Return the document without its byte order mark where `decode` tries UTF-8 first; None where it does not.

    Whether the bytes are valid UTF-8 is left to what reads them: to look costs as much as to decode them.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :] if name == "utf-8" else None
    return body if _candidates(body, content_type)[:1] == ["utf-8"] else None


def is_utf8(body: bytes) -> bool:
    """Return whether the bytes are valid UTF-8."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _candidates(body: bytes, content_type: str | None) -> list[str]:
    """Return the charsets that a document without a byte order mark may be in, the first to try first."""
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
    """Text that breaks every charset it may have: nearly as declared (cut or with a stray byte), or undeclared.

    Valid UTF-8 of more than one byte a letter hardly stands in another charset: as much of it as of strays is enough. In other
    charsets of several bytes much looks right by chance.
    """
    utf8 = body.decode("utf-8", errors="replace")
    for name in names:
        try:
            text = utf8 if name == "utf-8" else body.decode(_codec(name), errors="replace")
        except LookupError:
            continue
        strays = text.count("\ufffd")
        others = sum(map(len, _OTHERS.findall(text))) - strays
        if strays * (1 if text is utf8 else 20) <= others:
            return text
    guesses = _likeliest(body[:_DETECTION_BYTES])
    for name in [*guesses, *names, "cp1252"]:
        try:
            return body.decode(_codec(name), errors="replace")
        except LookupError:
            continue
    return utf8


def _likeliest(body: bytes) -> list[str]:
    """Return the likeliest charset by statistics; where several are equally likely, the one that most of the web has."""
    strange = sum(byte >= 0x80 for byte in body)
    letters = sum(map(len, _LETTERS.findall(body)))
    if strange < _FEW and strange * 4 < letters and not _NOT_IN_CP1252.search(body):
        return ["cp1252"]  # too few to count: letters of Latin script, then
    matches = list(charset_normalizer.from_bytes(body))
    equal = [m for m in matches if (m.chaos, m.coherence) == (matches[0].chaos, matches[0].coherence)]
    names = [name for match in equal for name in match.could_be_from_charset]
    return ["cp1252"] if "cp1252" in names else names[:1]
