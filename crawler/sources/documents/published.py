"""The language that a feed says it is in, and how it means its dates by that."""

from __future__ import annotations

import re
from functools import partial

from crawler.text.dates import DateReader, parse_date
from crawler.text.day_order import month_first


def date_reader(language: str, url: str, home: str = "") -> DateReader:
    """Return what reads the dates of a feed, whose `language` is a tag as it stands there ("en-GB"), `home` its outlet's."""
    first = month_first(language, url, home=home, by_default=True)
    return partial(parse_date, month_first=first, language=language_code(language))


def language_code(language: str) -> str | None:
    """Return the ISO 639 code of a language tag, without region; None where it is none."""
    code = re.split("[-_]", language, maxsplit=1)[0].strip().lower()
    return code if re.fullmatch("[a-z]{2,3}", code) else None
