"""Names of authors, cleaned of what stands around them: "By", roles, places, dates, addresses, in the languages of the news."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from crawler.text.html_text import clean

_GENRE = (
    r"(?:(?:an?|eine?|une?|ett?|en|een|un[ao]?)\s+)?(?:written|(?:additional )?reporting|writing|reported|reviewed|"
    r"posted|edited|updated|compiled|"
    r"produced|presented|published|"
    r"story|text|words|review|analysis|opinion|interview|comment|column|essay|"
    r"kommentar|analyse|gastbeitrag|gastkommentar|kolumne|bericht|reportage|leitartikel|glosse|verfasst|"
    r"écrit|rédigé|publié|posté|réalisé|propos recueillis|recueilli|"
    r"escrito|redactado|publicado|elaborado|realizado|entrevista|scritto|pubblicato|intervista|"
    r"geschreven|gepubliceerd|skrevet|skriven|skrivet|publicerad|napisan[ey]|opublikowan[ey]|scris|publicat|"
    r"napsal[ai]?)"
)
_BY = r"(?:by|por|par|von|vom|di|da|de|door|af|av|fra|från|przez)"
_LEADING = re.compile(
    rf"^(?:{_GENRE}\s+{_BY}|(?:{_BY.replace('|da|de', '').replace('|fra|från', '')})|"
    r"avec|with|con|mit|tekst|teksti|text|texte|texto|autor(?:ka|in|es|a)?|author|auteure?|autore|a cura d(?:i|"
    r"ella|el|ello)|"
    r"dall?a? nostr[oa] (?:inviat[oa]|corrispondente)|"
    r"onze (?:redacteur|correspondent|verslaggever)|"
    r"napsal[ai]?|oprac\.|opracowanie|írta|autorius|pripravila?|piše|od|автор|текст|от|του|της|των|"
    r"yazan|yazar|haber|penulis|oleh|reporter|โดย|เรื่อง|"
    r"بقلم|كتبت?|الكاتب|تحرير|إعداد|מאת|文|作者|記者|记者|저자|글|기자)\s*[:：/–-]?\s+",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:by|por|par|von|di|door|af|av|te[kx]sti?|texte|texto|testo|autor(?:ka|in|es|a|i|zy)?|autore|autorius|"
    r"author|authors|auteure?s?|"
    r"writer|reporter|editor|reporting|redaktion|redaktor|redaktør|redactie|redactor|journalist|toimittaja|"
    r"szerző|írta|opracowa(?:nie|ła|ł)|piše|"
    r"forfatter|skribent|kirjoittaja|foto och text|text och foto|tekst og foto|text und foto|"
    r"а[ву]тор[иы]?|автор статьи|пише|autors|egilea|ავტორი|հեղինակ|müəllif|muallif|mwandishi|எழுதியவர்|రచయిత|"
    r"لیکوال|نووسەر|текст|журналист|кореспондент|корреспондент|подготовила?|συντάκτης|συντάκτρια|από|"
    r"γράφει|κείμενο|"
    r"yazan|yazar|haber|muhabir|editör|penulis|oleh|wartawan|tác giả|bài|โดย|เรื่อง|ผู้เขียน|"
    r"بقلم|كتبت?|الكاتب|تحرير|إعداد|المصدر|نویسنده|خبرنگار|تحریر|מאת|כתב|लेखक|रिपोर्ट|कॉपी|প্রতিবেদক|লেখক|"
    r"文|撰文|作者|記者|记者|責任編輯|责任编辑|编辑|編輯|來源|来源|기자|글|취재)\s*[:：]\s*",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    rf"^(?:{_GENRE}\s+{_BY}|(?i:by|par|por|von|door|av|af|oleh|di|od|yazan|του|της|بقلم|كتبت?|מאת|"
    rf"โดย))\s+[^\W\d_a-zß-ÿа-я]"
)
"""A line that is a byline: what it names begins with a capital, or has none in its script."""
_CAPITAL = re.compile(r"[^\W\d_a-zß-ÿа-я]")
_DENSE_LABEL = re.compile(
    r"^(?:文\s?[・／/｜|]|(?:本報|本报|新华社|新華社|中新社|特派)?(?:記者|记者)|責任編輯|责任编辑)(?=[\u3400-\u9fff\u3040-\u30ff\s／/])\s*"
)
_DENSE_ROLE = re.compile(
    r"(?:[／/]\s?\S{1,8}(?:報導|报道|電|电))?[\s·]*(?:記者|记者|通讯员|編集委員|論説委員|编辑|編輯|기자|특파원|논설위원|선임기자|인턴기자)?$"
)
_PARTING = re.compile(
    r"\s*(?:[;|•·\n\t]|\s/\s|,(?!\s*(?:[Jj]r|[Ss]r|P[Hh]\.?D|M\.?D|II|III)\b)(?:\s*(?:and|et|und|och|og|en|y|e|i|и)(?=\s))?|(?<=\w\w)\s&\s(?=\S+\s\S)"
    r"|(?:^|[\s,])(?:and|AND|et|ET|und|UND|och|og|en|ja|oraz|with|avec|mit|con|con la|ve|și|si|és|και|dan|và|un|"
    r"ir)(?=\s)|\s[yeia]\s(?=[^\W\d_a-z])"
    r"|\s(?:и|та|і|й|و)\s|、|，)\s*"
)
_JOINED_AND = re.compile(r"(?<=\w)\s[וو](?=\w+\s\w)")
"""Parts two names of two words each, in Arabic and Hebrew; in shorter ones the letter may be a name's own first."""
_APART = re.compile(r"\s*[;|•\n]\s*")
"""What parts the names of organisations, which may hold commas and "and"."""
_OTHER_WORK = re.compile(
    r"(?:edit(?:or|ing|ed)(?:\sby)?|editör|redaktör|redaktor|redaktør|redacción|photo(?:graph)?s?(?:\sby)?|pictures?(?:\sby)?|fotos?|"
    r"bild(?:er)?|kamera|illustrations?(?:\sby)?|graphics?(?:\sby)?|videos?(?:\sby)?|translat(?:ed|ion)(?:\sby)?|traduction|traducción|übersetzung|фото|صور|تصوير)"
    r"(?:\s?[:：]\s?|(?<=\sby)\s).*",
    re.IGNORECASE,
)
"""A part of a byline that names who did something else than write."""
_CONTACT = re.compile(r"[<(]?\b[\w.+-]+@[\w-]+\.[\w.-]+[>)]?|(?<!\w)@\w+")
_ADDRESS = re.compile(
    r"https?:|www\.|@|\.(?:com|org|net)(?:/|$)|^[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z]{2,}$", re.IGNORECASE
)
_DATE_BEHIND = re.compile(
    r"(?:,\s[^\W\d_]+)?[\s,|–-]*(?:\d{1,2}\.?\s?(?:de\s)?[^\W\d_]+\.?,?\s(?:de\s)?(?:19|20)\d\d|"
    r"\b[^\W\d_]+\.?\s\d{1,2}(?:st|nd|rd|th)?,\s(?:19|20)\d\d|"
    r"(?:19|20)\d\d[-./年]|\d{1,2}[./:-]\d{1,2}\b).*$"
)
_PICTURES_BEHIND = re.compile(
    r"[\s,(|/.]+(?:(?:translated|edited|illustrated|photographed|photographs|photography)\s+by\b|(?:photos?|fotos?|fotografie|bild(?:er)?|kuvat?|valokuvat?|billeder?|фото|צילום|kamera|"
    r"illustrations?|video)\s*(?:[:：]|\bby\b|\bvon\b|\bpar\b)).*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?:[(\[].*[)\]]|\s[-–—|]\s.*|,?\s*(?:updated|published|posted|publié|publicado|"
    r"aktualisiert|veröffentlicht)\b.*)$",
    re.IGNORECASE,
)
_PLACE_BEHIND = re.compile(
    r"^(\S+(?:\s\S+)+?)\s(?:(?:in|à|aus)\s[A-ZÀ-Ý][\w-]+(?:[\s,]+[A-ZÀ-Ý][\w-]+){0,2}|for\s.+)$"
)
_ROLE_WORDS = (
    r"(?:editors?|correspondents?|reporters?|writers?|columnists?|journalists?|producers?|analysts?|"
    r"contributors?|chief|bureau|"
    r"redakteur(?:in)?|redaktør|korrespondent(?:in)?|journalist(?:in)?|journaliste|correspondante?|rédacteur|"
    r"rédactrice|envoyée?|spéciale?|"
    r"corresponsal|redactora?|periodista|enviad[oa]|jornalista|repórter|redatora?|correspondente|giornalista|"
    r"corrispondente|inviat[oa]|"
    r"redacteur|verslaggever|toimittaja|kirjeenvaihtaja|reportteri|redaktor(?:ka)?|dziennikar(?:z|ka)|"
    r"korespondent(?:ka)?|novinár|redaktorka|"
    r"újságíró|szerkesztő|novinar(?:ka)?|dopisni[kc]a?|редактор|корреспондент|кореспондент|журналист(?:ка)?|"
    r"журналіст(?:ка)?|обозреватель|"
    r"muhabir[i]?|editör[ü]?|wartawan|محررة?|مراسلة?|صحفية?|صحافية?|news|bbc|cnn)"
)
_ROLE = re.compile(rf"(?:^|\s|\b){_ROLE_WORDS}(?:$|\s)", re.IGNORECASE)
_NO_PERSON = re.compile(
    r"\b(?:universit\w*|institut\w*|college|professor\w*|lecturer|director|minister|president|chair\w*|cent(?:re|er)|school|"
    r"department|faculty|fakultät|foundation|stiftung|hochschule|université|universidad|profesor\w*|catedrátic[oa])\b"
    r"|^[\w-]+(?:\.[\w-]+)+$",
    re.IGNORECASE,
)
"""What stands behind a name after a comma and is none: where somebody works, and as what."""
_ROLE_BEHIND = re.compile(
    r"^(\S+(?:\s\S+)+?)\s(?:(?:senior|chief|staff|special|political|foreign|diplomatic|business|economics|"
    r"sports?|science|health|world)\s)*"
    r"(?:correspondent|reporter|writer|editor|columnist|journalist)$",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    rf"(?:{_BY}|(?-i:(?:news )?agencies|agences|agencias|agências|agenzie|agenturen|agentschappen)|admin|"
    rf"administrator|webmaster|author|authors|staff|editor|unknown|null|none|undefined|n/?a|"
    r"anonymous|biography|view (?:all|more)\b.*|see all\b.*|follow\b.*|more from\b.*|"
    r"read more\b.*|tel(?:ephone|[ée]fono)?\b.*\d.*|special to\b.*|(?:view|post|add|leave|write)\b.*comments?|\d* ?comments?|"
    r"(?:e-?mail|get|copy|show)\b.*|facebook|twitter|linkedin|print|rss|share\b.*|home|news|web|"
    r"online|website|.*\b(?:cookies?|subscribe|newsletter)\b.*|\W*|\d+)$",
    re.IGNORECASE,
)
_POINT_STAYS = re.compile(r"(?:\b(?:Jr|Sr|Ph\.D|M\.D)|(?:^|[\s.])[^\W\d_])\.$")
_EDGES = "-–— :,;|【】"
_MOST_CHARACTERS = 600
"""Of several names in one: how long they are is the page's choice."""
_LONGEST = 80
_MOST_WORDS = 8


def clean_authors(names: Iterable[str]) -> tuple[str, ...]:
    """Return each name once, without "By", roles, places, addresses, and what is no name by its length. Several in one part."""
    return _each_once(author for name in names for author in _authors_in(name))


def clean_organisations(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of organisations, each once: they may hold "and" and commas ("Science & Life")."""
    return _each_once(
        author for name in names for part in _APART.split(_opened(name)) if _is_name(author := _trimmed(part))
    )


def signed(line: str) -> tuple[str, ...]:
    """Return the authors of a short line that begins as bylines do ("By …", "Von …", "記者…"); none for every other line."""
    if not any(pattern.match(line) for pattern in (_SIGNED, _LABEL, _DENSE_LABEL)):
        return ()
    authors = clean_authors([line])
    return authors if all(_CAPITAL.match(author) for author in authors) else ()


def _each_once(authors: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for author in authors:
        found.setdefault(author.casefold(), author)
    return tuple(found.values())


def _authors_in(name: str) -> list[str]:
    found: list[str] = []
    whole = _opened(name)
    if len(whole.split()) >= 4:
        whole = _JOINED_AND.sub("; ", whole)
    for part in _PARTING.split(whole):
        if _OTHER_WORK.match(part) and (found or " by " in part):
            continue
        bare = _trimmed(_without_label(_AFTER.sub("", clean(part))))
        for pattern in (_PLACE_BEHIND, _ROLE_BEHIND):
            bare = pattern.sub(r"\1", bare)
        author = _trimmed(_DENSE_ROLE.sub("", bare) or bare)
        if _is_name(author) and not (found and (_ROLE.search(author) or _NO_PERSON.search(author))):
            found.append(author)
    return found


def _opened(name: str) -> str:
    """Take off what stands before all names and behind them."""
    whole = _CONTACT.sub("", html.unescape(name[:_MOST_CHARACTERS])).replace("\u200b", "")
    whole = _PICTURES_BEHIND.sub("", clean(whole))
    return _without_label(_trimmed(_DATE_BEHIND.sub("", whole)))


def _without_label(text: str) -> str:
    for pattern in (_LEADING, _LABEL, _DENSE_LABEL):
        text = pattern.sub("", text)
    return text


def _trimmed(text: str) -> str:
    text = text.strip(f"{_EDGES}.") if _POINT_STAYS.search(text) is None else text.lstrip(f"{_EDGES}.")
    return text.strip(_EDGES)


def _is_name(author: str) -> bool:
    return bool(
        author
        and len(author) <= _LONGEST
        and len(author.split()) <= _MOST_WORDS
        and not _ADDRESS.search(author)
        and not _NO_NAME.match(author)
    )
