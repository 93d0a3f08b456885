"""News and picture agencies, as they stand in the credits of pictures: a pattern of names, none of an outlet's own."""

from __future__ import annotations

import re

from crawler.extract.essentials import essentials_of

_NAMES = (
    r"AFP|AP(?: Photo)?|EFE|EPA(?:-EFE)?|MAP|ANSA|Ansa|DPA|dpa|PA(?: Images| Wire| Media)?|UPI|TASS|"
    r"RIA(?: Novosti)?|SPA|WAM|KUNA|QNA|MENA|AA|NTB|TT|Ritzau(?: Scanpix)?|Scanpix|Lehtikuva|AOP|ANP|Belga|Keystone|"
    r"APA|CTK|ČTK|TASR|SITA|PAP|MTI|Agerpres|AGERPRES|Inquam(?: Photos)?|Hina|HINA|PIXSELL|Pixsell|Tanjug|BTA|"
    r"LETA|ELTA|BNS|Kyodo|Jiji|"
    r"Yonhap|Xinhua|XINHUA|CNA|VCG|PTI|ANI(?: Photo)?|IANS|Antara|ANTARA(?: FOTO)?|Bernama|VNA|TTXVN|AAP|Reuters|"
    r"REUTERS|"
    r"THE CANADIAN PRESS|The Canadian Press|Press Association|Associated Press|Agence France-Presse|"
    r"Getty(?: Images)?|GETTY(?: IMAGES)?|"
    r"Getty Images Plus|iStock|Sputnik|SPUTNIK|Anadolu(?: Agency| Images)?|Shutterstock|Alamy|Adobe Stock|"
    r"Bloomberg|LUSA|Lusa|"
    r"Europa Press|EUROPA PRESS|Imago(?: Images)?|IMAGO|imago(?: images)?|picture[ -]alliance|Profimedia|"
    r"Unsplash|Pexels|Pixabay|"
    r"Depositphotos|Wikimedia(?: Commons)?|Zuma(?: Press)?|ZUMA|NurPhoto|Sipa(?: USA)?|SIPA|Abaca|MaxPPP|MAXPPP|"
    r"Hans Lucas|LaPresse|"
    r"Adnkronos|Agência Brasil|Folhapress|FOLHAPRESS|Estadão Conteúdo|Cuartoscuro|Notimex|Handout|HANDOUT|Pool|"
    r"POOL|NASA|EUROKINISSI|"
    r"Eurokinissi|ΑΠΕ-ΜΠΕ|ΑΠΕ|Ukrinform|УНІАН|УНИАН|Укрінформ|ТАСС|РИА Новости|БТА|Танјуг|رويترز|أ ف ب|أ\.ف\.ب|"
    r"ا ف ب|الأناضول|"
    r"新华社|新華社|中新社|视觉中国|路透社?|法新社|美联社|美聯社|彭博社?|ロイター|共同|時事|アフロ|연합뉴스|뉴스1|뉴시스|中央社"
)
AGENCIES = f"(?:{_NAMES})"
AGENCY_LETTERS = frozenset(
    letters for name in re.split(r"\|(?![^(]*\))", _NAMES) for letters in essentials_of(name)
)
"""Of each agency letters that its name has."""
