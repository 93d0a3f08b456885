"""Whether a feed carries an article's whole text, so that its page need not be fetched."""

from __future__ import annotations

import re

FULL_TEXT_CHARACTERS = 1_500

_CUT_SHORT = re.compile(
    r"(\.\.\.|…|\[…\]|\[\.\.\.\]|read more|continue reading|keep reading|lire la suite|en savoir plus|leer más|seguir leyendo"
    r"|weiterlesen|mehr lesen|leia mais|continua a leggere|اقرأ المزيد|للمزيد|تابع القراءة)[\s»›→.\])]*$",
    re.IGNORECASE,
)


def is_full_text(text: str) -> bool:
    """Tells whether `text` is long enough to be the article (1,500 characters) and does not end as a teaser does."""
    return len(text) >= FULL_TEXT_CHARACTERS and not _CUT_SHORT.search(text[-60:])
