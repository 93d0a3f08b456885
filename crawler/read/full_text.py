"""Whether a feed carries an article's whole text, so that its page need not be fetched."""

from __future__ import annotations

import re

FULL_TEXT_CHARACTERS = 1_500

_CUT_SHORT = re.compile(
    r"(?:\.\.\.|…|\[…\]|\[\.\.\.\.\]"
    r"|read (?:more|on|the (?:full|rest)\b.{0,20})|(?:continue|keep) reading.{0,40}|full (?:story|article)|view original"
    r"|lire (?:la suite|plus|l.article.{0,20})|en savoir plus|leer (?:más|la noticia.{0,20})|(?:seguir|continuar) leyendo"
    r"|weiterlesen|(?:mehr|weiter) lesen|zum artikel|leia mais|continue (?:a ler|lendo)|continua a leggere|leggi tutto"
    r"|lees (?:verder|meer)|läs (?:mer|vidare)|les mer|læs mere|lue lisää|czytaj (?:dalej|więcej)|číst dále|čítať ďalej"
    r"|olvass tovább|citește mai mult|pročitaj(?:te)? više|devamını oku|διαβάστε περισσότερα"
    r"|читать (?:далее|дальше|полностью)|подробнее|читати далі|прочетете още"
    r"|اقرأ المزيد|للمزيد|تابع القراءة|قراءة المزيد|ادامه مطلب|קרא עוד|להמשך קריאה|और पढ़ें|আরও পড়ুন"
    r"|続きを読む|もっと見る|(?:阅读|查看)全文|閱讀全文|(?:繼續閱讀|继续阅读)"
    r"|더 ?보기|계속 읽기|อ่านต่อ|xem thêm|đọc tiếp|baca selengkapnya"
    r")[\s»›→.\])>]*$",
    re.IGNORECASE,
)
_END_CHARACTERS = 80


def is_full_text(text: str) -> bool:
    """Return whether `text` is long enough to be the article (1,500 characters) and does not end as a teaser does."""
    return len(text) >= FULL_TEXT_CHARACTERS and not _CUT_SHORT.search(text[-_END_CHARACTERS:])
