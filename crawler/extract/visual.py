"""Text that stands as it is seen, brought back into the order in which it is read (the reverse of UAX #9, simplified). Pure.

A PDF has glyphs at places. Sorted from left to right, Arabic and Hebrew stand backwards, with numbers and Latin words the right
way round in between; Arabic letters are presentation forms.
"""

from __future__ import annotations

import re
import unicodedata

_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_FORMS = re.compile(r"[\ufb00-\ufdff\ufe70-\ufefc]+")
_LETTERS = r"\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_FOREIGN = rf"[^\W\d_{_LETTERS}]"
_FORWARDS = re.compile(
    rf"{_FOREIGN}(?:(?:(?![{_LETTERS}])[\w\s.,:;/&'’@+-])*(?:{_FOREIGN}|[0-9]))?|\d+(?:[.,:/٫٬]\d+)*"
)
"""What is read from left to right within such a line: Latin words with what stands between them, and numbers. After Arabic
letters a hyphen parts numbers (W2, W4): 2026-2030 is seen as 2030-2026."""
_BACKWARDS = re.compile(rf"[{_LETTERS}](?:[{_LETTERS}\s]*[{_LETTERS}])?")
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def as_read(line: str) -> str:
    """Return a line in the order in which it is read, its letters in their plain forms."""
    rtl = len(_RIGHT_TO_LEFT.findall(line))
    if rtl and rtl >= sum(map(str.isalpha, line)) / 2:
        line = _FORWARDS.sub(lambda match: match[0][::-1], line)[::-1].translate(_MIRRORED)
    elif rtl:
        line = _BACKWARDS.sub(lambda match: match[0][::-1], line)
    return _FORMS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), line)
