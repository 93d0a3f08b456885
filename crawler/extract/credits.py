"""Photo credits in words: "Photo: AFP", "(AP Photo/…)", "© Reuters", "Foto de …" at the end of a caption, in many languages."""

from __future__ import annotations

import re

from ahocorasick_rs import AhoCorasick

from crawler.extract.agencies import AGENCIES, AGENCY_LETTERS
from crawler.text.html_text import clean

LONGEST_CREDIT = 120
LONGEST_END = 400
"""A credit is looked for in so many characters at a caption's end: how long captions are is the page's choice."""
MOST_WORDS = 10
_OWN_RIGHTS = re.compile(
    r"rights? reserved|all right|no reproduction|may not be|^(?:19|20)\d\d\b|版权所有|無断|advert|droits réservés"
    r"|derechos reservados|alle rechte|get short url",
    re.IGNORECASE,
)
"""What outlets say of their own pages, and other things that bear the name of a credit."""
_WORD = (
    r"(?:photo(?:graph(?:y|er|ie|e|s)?)?s?|images?|pictures?|graphic|illustration|file|main|cover|video still|visual|"
    r"cr[eé]dit(?:s|os?|i)?|quelle|sources?|fuente|fonte|bron|copyright|courtesy|kilde|källa|lähde|zdroj|źródło|"
    r"forrás|sursa|izvor|vir|"
    r"foto(?:s|grafía|grafia|grafie|grafin|graf|fotograf|ğraf|grafija|archiv)?|fotó|bild(?:er|quelle|nachweis|"
    r"rechte)?|imagen|imagens?|"
    r"immagine|beeld|kuva(?:aja|t)?|valokuva|billede|bilde|fot\.|zdjęcie|zdjęcia|snímek|autor|mynd|ljósmynd|"
    r"nuotr\.?|nuotrauka|"
    r"φωτο(?:γραφία|γραφίες)?\.?|πηγή|фото(?:графия|графії|графія)?|источник|джерело|извор|снимка|слика|görsel|kaynak|"
    r"תמונה|צילום|קרדיט|عکس|منبع|تصوير|الصورة|صورة|المصدر|مصدر الصورة|写真|画像|撮影|提供|出典|사진|출처|"
    r"图片来源|图片|图源|图|摄影|摄|來源|圖片來源|圖片|圖|攝影|ภาพ(?:จาก|ประกอบ)?|รูป|ảnh|nguồn(?: ảnh)?|hình|gambar|"
    r"तस्वीर|फोटो|फ़ोटो|ছবি|புகைப்படம்|படம்|তথ্যসূত্র)"
)
_LABEL = (
    rf"(?:{_WORD}(?:[ -](?:{_WORD}|by|rights|:?\s?archivo|d['’]archives?|d['’]illustration|de archivo|"
    r"di repertorio|agentur)){0,2})"
)
_SHORT_LABEL = r"(?:photos?|fotos?|fot\.|beeld|bild|ljósmynd|mynd|kuva|фото|圖|图|写真)"
_BEFORE = r"(?:^|(?<=[\s(\[|.,;–—/>。！？」（【]))"
_NO_INITIAL = r"(?<!\s[A-ZÀ-Þ]\.\s)"
"""A point behind one capital ends no sentence: "J. Example / AP"."""
_AFTER_SENTENCE = rf"{_NO_INITIAL}(?:^|(?<=[.!?…。\"”»)|–—/·•(\[]\s)|(?<=[(\[。|（【]))"
_LABELLED = re.compile(
    rf"{_BEFORE}{_LABEL}\s*[:：=＝／]\s*(?P<credit>[^:：]{{2,120}}?)(?:提供)?[)\]）】]?\s*\.?$", re.IGNORECASE
)
_LABELLED_SHORTLY = re.compile(
    rf"{_AFTER_SENTENCE}(?i:{_SHORT_LABEL})\s?(?:[/／©]|"
    rf"[ -])\s?(?P<credit>[^\W\d_a-zß-ÿ][^.:\n]{{1,60}}?)[)\]）】]?\s*\.?$"
)
_LEADING_LABEL = re.compile(
    rf"^[\s(\[（【|/–—-]*(?:(?:{_LABEL})\s*(?:[:：=＝/／|]|\.\.+|\.{{2,}}|…|\bby\b|\bvon\b|\bpar\b|\bpor\b|\bdi\b|\bvia\b)\s*|"
    r"image source\s*[,:]\s*|(?:©|ⓒ|\(c\)|copyright\b:?|&copy;)\s*)+",
    re.IGNORECASE,
)
_SHORT_LABEL_BEFORE = re.compile(rf"^(?i:{_SHORT_LABEL})\s(?=[A-ZÀ-Þ][\w'’-]+[\s/])")
_MARKED = re.compile(
    rf"(?:{_SHORT_LABEL}\s?)?(?P<credit>(?:©|ⓒ|\(c\)\s?|copyright\s).{{2,90}})$", re.IGNORECASE
)
_BRACKETED = re.compile(
    rf"[(\[（【](?P<credit>[^()\[\]（）【】]*?(?<!\w)(?:{AGENCIES})(?!\w)[^()\[\]（）【】]{{0,60}}|"
    r"[^()\[\]（）【】]{2,50}(?:/| via )[^()\[\]（）【】]{2,50}|"
    r"[^\W\d_a-z][\w. ]{1,25}: [^\W\d_a-z][^()\[\]]{2,50})[)\]）】]\s*\.?$"
)
_BEHIND_SLASH = re.compile(rf"\s[/|]\s?(?P<credit>(?:{AGENCIES})(?!\w)[^.!?|\n]{{0,40}}?)\s*\.?$")
_SIGN = r"(?:[^.!?|\n–—]|(?<=\b[A-ZÀ-Þ])\.)"
"""Of a name: no end of a sentence, but the point of an initial."""
_AT_END = re.compile(
    rf"{_NO_INITIAL}(?:^|(?<=[.!?…。\"”»|–—/·•,।]\s)|(?<=\s[-]\s)|(?<=[|。])|(?<=[\u3040-\u9fff]\s))"
    rf"(?P<credit>(?:(?!,){_SIGN}(?:(?!,){_SIGN}){{1,44}}?(?:\s?/\s?| via | for ))?"
    rf"(?:{AGENCIES})(?!\w)(?:(?:\s?/\s?| via |, | - )[^.!?|\n]{{2,40}}|\s[Ff]ile)?)\s*\.?$"
)
_SLASHED = re.compile(
    rf"{_NO_INITIAL}(?:^|(?<=[.!?…。\"”»|–—]\s))"
    rf"(?P<credit>[^\W\d_a-zß-ÿ](?:(?!/){_SIGN}){{2,45}}\s?/\s?[^\W\d_a-zß-ÿ](?:(?!/){_SIGN}){{1,40}})\s*\.?$"
)
_BY = re.compile(
    r"(?:^|(?<=[\s(\[|.,;–—]))(?:(?:photos?(?: illustration)?|photograph(?:y|ed)?|image|picture|illustration|foto(?:grafía|"
    r"grafia)?|imagen|bild|photographie)\s+"
    r"(?:by|courtesy(?: of)?|from|de|di|von|par|por|av|door|via)\s+|"
    r"courtesy(?: of)?\s+)(?P<credit>[^\n.:]{2,80})[)\]]?\s*\.?$",
    re.IGNORECASE,
)
_TAKEN_BY = re.compile(
    r"(?:[、，,=＝（(。！？\s]|^)(?P<credit>[^、，。,=＝（()）\s]{2,20})\s?(?:撮影|摄|攝)[)）]?$|"
    r"(?:[。！？\s（(]|^)(?P<agency>新华社|中新社|新華社)发[)）]?$|"
    r"(?:^|(?<=[.!?…,;/|]\s))(?P<lithuanian>[^./|]{3,50}) nuotr\.?$|"
    r"(?<=[.\]]\s)(?P<reporter>[가-힣]{2,4} ?(?:기자|특파원))$"
)
_IN_CAPITALS = re.compile(
    rf"{_NO_INITIAL}"
    r"(?<=[a-zà-ÿ\d][.!?»”]\s)(?P<credit>[A-ZÀ-Þ][A-ZÀ-Þ'’.-]+(?: [A-ZÀ-Þ'’.-]+){1,3}(?: ?\([A-Z /]+\))?)$"
)
_BY_AGENCY: tuple[str, ...] = ()
_PATTERNS: tuple[tuple[re.Pattern[str], tuple[str, ...] | None], ...] = (
    (_LABELLED, (":", "：", "=", "＝", "／")),
    (
        _LABELLED_SHORTLY,
        ("photo", "foto", "fot.", "beeld", "bild", "mynd", "kuva", "фото", "圖", "图", "写真"),
    ),
    (_MARKED, ("©", "ⓒ", "(c)", "copyright")),
    (_IN_CAPITALS, None),
    (_BRACKETED, None),
    (_BY, ("photo", "image", "picture", "illustration", "foto", "imagen", "bild", "courtesy")),
    (_TAKEN_BY, ("撮影", "摄", "攝", "发", "nuotr", "기자", "특파원")),
    (_BEHIND_SLASH, ("/", "|")),
    (_AT_END, _BY_AGENCY),
    (_SLASHED, ("/",)),
)
"""How a caption ends with a credit, in the order in which they are tried. Of the letters, if any are given, one must be there,
large or small; with `_BY_AGENCY` an agency's."""
_SIGNS = tuple((sign, number) for number, (_pattern, signs) in enumerate(_PATTERNS) for sign in signs or ())
_OF_PATTERNS = AhoCorasick([sign for sign, _number in _SIGNS])
_OF_AGENCIES = AhoCorasick(AGENCY_LETTERS)
_ALWAYS = frozenset(number for number, (_pattern, signs) in enumerate(_PATTERNS) if signs is None)
_WITH_AGENCY = frozenset(number for number, (_pattern, signs) in enumerate(_PATTERNS) if signs == _BY_AGENCY)
_LABEL_ALONE = re.compile(
    rf"^(?:{_LABEL}|©|\(c\)|copyright|all rights reserved|n/?a|none|null|undefined)\W*$", re.IGNORECASE
)
_ANNOUNCES = re.compile(rf"^(?:{_LABEL})\s*[:：,／/]$", re.IGNORECASE)
_NAME = re.compile(
    r"[A-ZÀ-Þ][\w'’-]+(?: (?:[A-ZÀ-Þ][\w'’.-]*|de|del|la|van|von|der|den|bin|al|el|di|da|dos)){1,3}"
)
_EDGES = ' \t|/–—-,;:：.。()[]（）【】"“”'
_SENTENCES = re.compile(r"[.!?…»”|–—·-]\s")
_PROSE = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|"
    r"(?:^|\s)(?!(?:de|del|la|van|von|der|den|bin|al|el|di|da|dos|du|le|via|for)\s)[^\W\d_A-ZÀ-Þ][^\W\d_]{2,}"
)


def clean_credit(text: str) -> str | None:
    """Return the bare credit: without its label, brackets and marks; None where nothing is left that could be one."""
    text = clean(text)
    text = _SHORT_LABEL_BEFORE.sub("", text)
    while (match := _LEADING_LABEL.match(text)) is not None and match.end() and match.end() < len(text):
        text = text[match.end() :].strip()
    if text.count(")") > text.count("("):
        text = text.partition(")")[0]
    if text.count("(") == text.count(")") and text.count("(") and not text.startswith("("):
        text = text.strip(_EDGES.replace(")", "").replace("(", ""))
    else:
        text = text.strip(_EDGES)
    text = re.sub(r"^(?:©|ⓒ|\(c\)|copyright)\s*", "", text, flags=re.IGNORECASE).strip(" |/–—-,;:")
    if len(text) < 2 or len(text) > LONGEST_CREDIT or text.isdigit() or _LABEL_ALONE.match(text):
        return None
    if len(text.split()) > MOST_WORDS or _OWN_RIGHTS.search(text):
        return None
    if text.startswith(("http://", "https://")) or "<" in text:
        return None
    return text


def split_caption(text: str) -> tuple[str, str | None]:
    """Return a picture's caption and the credit that stands at its end, if one does: ("The port.", "AFP")."""
    text = clean(text)
    before, text = text[:-LONGEST_END], text[-LONGEST_END:]
    possible = _possible(text)
    for number, (pattern, _signs) in enumerate(_PATTERNS):
        if number not in possible:
            continue
        match = pattern.search(text)
        if match is None:
            continue
        if pattern is _BEHIND_SLASH and not _is_prose(text[: match.start()]):
            continue  # "Example Person / AFP" is one credit, not a caption and a credit
        name, told = next((name, told) for name, told in match.groupdict().items() if told)
        credit = clean_credit(told)
        if credit is not None:
            bare = before + text[: match.start() if name == "credit" else match.start(name)]
            return bare.rstrip(" (|[–—-/·•（【"), credit
    return before + text, None


def _possible(text: str) -> set[int]:
    """Return the numbers of the patterns that may be in a caption, by its letters: to search for all of them takes long."""
    found = _OF_PATTERNS.find_matches_as_indexes(text.lower(), overlapping=True)
    possible = {_SIGNS[sign][1] for sign, _start, _end in found} | _ALWAYS
    return possible | _WITH_AGENCY if _OF_AGENCIES.find_matches_as_indexes(text) else possible


def is_label(text: str) -> bool:
    """Return whether words only announce a credit ("Photo:"): it is what comes next."""
    return _ANNOUNCES.match(text) is not None


def is_name(text: str) -> bool:
    """Return whether words that stand alone may be a photographer's name: two to four, each with a capital."""
    return _NAME.fullmatch(text) is not None


def _is_prose(before: str) -> bool:
    """Return whether what stands before a slash ends as a caption, not as a photographer's name: nothing, or small letters."""
    last = _SENTENCES.split(before)[-1].strip()
    return not last or _PROSE.search(last) is not None
