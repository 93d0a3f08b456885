"""Photo credits in words: "Photo: AFP", "(AP Photo/…)", "© Reuters", "Foto de …" at the end of a caption, in many languages."""

from __future__ import annotations

import re

from crawler.feeds.text import clean

LONGEST_CREDIT = 120
MOST_WORDS = 10
_OWN_RIGHTS = re.compile(
    r"rights? reserved|all right|no reproduction|may not be|^(?:19|20)\d\d\b|版权所有|無断|advert|droits réservés"
    r"|derechos reservados|alle rechte|get short url",
    re.IGNORECASE,
)
"""What outlets say of their own pages, and other things that bear the name of a credit."""
_LABEL = (
    r"(?:(?:photo(?:graph(?:y|er|ie|e)?)?s?|photo(?:s)?|image|picture|pictures|graphic|"
    r"illustration|file|main|cover|video still|visual|"
    r"crédits?|crédit|credits?|quelle|source|fuente|fonte|bron|copyright|courtesy|kilde|källa|"
    r"lähde|zdroj|źródło|источник|المصدر|"
    r"foto(?:s|grafía|grafia|grafie|grafin|graf|ğraf|grafija|archiv)?|fotó|bild(?:er|quelle|"
    r"nachweis|rechte)?|imagen|imagens?|immagine|"
    r"beeld|kuva(?:aja|t)?|billede|bilde|fot\.|zdjęcie|zdjęcia|snímek|nuotr\.?|nuotrauka|foto:?|"
    r"φωτο(?:γραφία|γραφίες)?|фото(?:графия|графії|графія)?|"
    r"снимка|слика|görsel|kaynak|תמונה|צילום|קרדיט|عکس|منبع|تصوير|الصورة|صورة|مصدر الصورة|"
    r"写真|画像|撮影|提供|出典|사진|출처|图片来源|图片|图源|图|摄影|摄|圖片來源|圖片|圖|攝影"
    r"|來源|ภาพ(?:จาก|ประกอบ)?|ảnh|nguồn ảnh|hình|gambar|"
    r"तस्वीर|फोटो|फ़ोटो|ছবি|புகைப்படம்|फोटो क्रेडिट|তথ্যসূত্র)"
    r"(?:[ -](?:credits?|crédits?|by|courtesy|rights|source|crédito|:?\s?archivo|d['’]archives?|"
    r"d['’]illustration|de archivo|di repertorio|agentur))?)"
)
_LABELLED = re.compile(
    rf"(?:^|(?<=[\s(\[|.,;–—/>。！？」]))(?:{_LABEL})\s*[:：=＝]\s*(?P<credit>[^:：]{{2,120}}?)[)\]）】]?\s*\.?$",
    re.IGNORECASE,
)
_LEADING_LABEL = re.compile(
    rf"^[\s(\[（【|/–—-]*(?:(?:{_LABEL})\s*(?:[:：=＝/|]|\.\.+|\.{(2,)}|…|\bby\b|\bvon\b|\bpar\b|\bpor\b|\bdi\b|"
    rf"\bvia\b)\s*|image source\s*[,:]\s*|(?:©|ⓒ|\(c\)|copyright\b:?|&copy;)\s*)+",
    re.IGNORECASE,
)
_MARKED = re.compile(r"(?P<credit>(?:©|ⓒ|\(c\)\s|copyright\s).{2,90})$", re.IGNORECASE)
AGENCIES = (
    r"(?:AFP|AP(?: Photo)?|EFE|EPA(?:-EFE)?|MAP|ANSA|DPA|dpa|PA(?: Images| Wire| Media)?|UPI|TASS|"
    r"RIA(?: Novosti)?|SPA|WAM|KUNA|QNA|MENA|AA|NTB"
    r"|TT|Ritzau(?: Scanpix)?|Scanpix|Lehtikuva|ANP|Belga|Keystone|APA|CTK|ČTK|TASR|PAP|MTI|"
    r"Agerpres|Hina|Tanjug|BTA|LETA|ELTA|BNS|Kyodo|Jiji"
    r"|Yonhap|Xinhua|CNA|PTI|ANI|IANS|Antara|Bernama|VNA|TTXVN|AAP|Reuters|REUTERS|"
    r"Getty(?: Images)?|GETTY(?: IMAGES)?|iStock|Sputnik|Anadolu"
    r"(?: Agency| Images)?|Shutterstock|Alamy|Bloomberg|LUSA|Lusa|Europa Press|EUROPA PRESS|"
    r"Imago(?: Images)?|IMAGO|picture[ -]alliance|Unsplash"
    r"|Pexels|Pixabay|Wikimedia(?: Commons)?|Zuma(?: Press)?|ZUMA|NurPhoto|Sipa(?: USA)?|SIPA|"
    r"Abaca|MaxPPP|Hans Lucas|LaPresse|Adnkronos|Agência Brasil"
    r"|Folhapress|Estadão Conteúdo|Cuartoscuro|Notimex|Handout|HANDOUT|Pool|POOL|NASA|Ukrinform|"
    r"УНІАН|УНИАН|Укрінформ|ТАСС|РИА Новости|Getty Images Plus"
    r"|رويترز|أ ف ب|أ\.ف\.ب|ا ف ب|الأناضول|رويترز|新华社|新華社|ロイター|共同|時事|連合뉴스|연합뉴스|뉴스1|뉴시스|中央社)"
)
_BRACKETED = re.compile(
    rf"[(\[（【](?P<credit>[^()\[\]（）【】]*?(?<!\w)(?:{AGENCIES})(?!\w)[^()\[\]（）【】]{{0,60}}|"
    rf"[^()\[\]（）【】]{{2,50}}(?:/| via )[^()\[\]（）【】]{{2,50}})[)\]）】]\s*\.?$"
)
_AT_END = re.compile(
    rf"(?:^|(?<=[.!?…。\"”»|–—/·•,]\s)|(?<=\s[-]\s)|(?<=[|。]))(?P<credit>(?:[^.!?|"
    rf",\n–—]{{2,45}}(?:\s?/\s?| via | for ))?"
    rf"(?:{AGENCIES})(?!\w)(?:(?:\s?/\s?| via |, | - )[^.!?|\n]{{2,40}})?)\s*\.?$"
)
_SLASHED = re.compile(
    r"(?:^|(?<=[.!?…。\"”»|–—]\s))(?P<credit>[^\W\d_a-zß-ÿ][^.!?|"
    r"\n/–—]{2,45}\s?/\s?[^\W\d_a-zß-ÿ][^.!?|\n/–—]{1,40})\s*\.?$"
)
_BY = re.compile(
    r"(?:^|(?<=[\s(\[|.,;–—]))(?:(?:photos?|photograph(?:y|ed)?|image|picture|foto(?:grafía|"
    r"grafia)?|imagen|bild|photographie)\s+"
    r"(?:by|courtesy(?: of)?|from|de|di|von|par|por|av|door|via)\s+|"
    r"courtesy(?: of)?\s+)(?P<credit>[^\n.:]{2,80})[)\]]?\s*\.?$",
    re.IGNORECASE,
)
_TAKEN_BY = re.compile(r"[、，,=＝（(](?P<credit>[^、，。,=＝（()）]{2,20})\s?(?:撮影|摄|攝)[)）]?$")
_LABEL_ALONE = re.compile(
    rf"^(?:{_LABEL}|©|\(c\)|copyright|all rights reserved|n/?a|none|null|undefined)\W*$", re.IGNORECASE
)
_EDGES = ' \t|/–—-,;:：.。()[]（）【】"“”'


def clean_credit(text: str) -> str | None:
    """Gives the bare credit: without its label, brackets and marks; None where nothing is left that could be one."""
    text = clean(text)
    while (match := _LEADING_LABEL.match(text)) is not None and match.end() and match.end() < len(text):
        text = text[match.end() :].strip()
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
    """Gives a picture's caption and the credit that stands at its end, if one does: ("The port.", "AFP")."""
    text = clean(text)
    for pattern in (_LABELLED, _MARKED, _BRACKETED, _BY, _AT_END, _SLASHED, _TAKEN_BY):
        match = pattern.search(text)
        if match is None:
            continue
        credit = clean_credit(match["credit"])
        if credit is not None:
            return text[: match.start()].rstrip(" (|[–—-/·•（【"), credit
    return text, None
