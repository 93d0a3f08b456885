"""What stands around a place that makes another name of it, or none: neighbours, sentence ends, addresses, capitals."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from alerts.matching.reading import Reading
from alerts.text import fold_words
from alerts.text.places import Place

TITLES: Final = frozenset(
    """mr mrs ms miss dr prof sir lord lady dame president vice king queen prince princess crown duke sultan emir
    sheikh shah minister secretary ambassador senator sen rep gov governor general gen col maj capt lt sgt adm
    colonel captain major admiral marshal commander chancellor chairman chairwoman chair chief ceo director
    executive officer editor envoy diplomat judge justice professor pope bishop archbishop cardinal imam rabbi
    ayatollah father brother saint st state affairs foreign prime interior defense defence finance deputy premier
    mayor speaker leader coach manager captain congressman congresswoman representative commissioner spokesman
    spokeswoman spokesperson analyst author actor actress singer striker midfielder former late special attorney
    press m mm mme mlle maitre le la les monsieur madame ministre ministres roi reine president presidente
    secretaire ambassadeur ambassadrice premier premiere chef depute senateur maire general colonel juge pape
    senor senora sr sra srta don dona rey reina presidente ministro ministra secretario secretaria embajador
    embajadora canciller el los primer primera alcalde alcaldesa senador senadora diputado diputada papa herr frau
    kanzler kanzlerin prasident prasidentin minister ministerin konig konigin papst signor signora onorevole
    premier re regina sindaco onorevoli senhor senhora doutor doutora primeiro rei rainha bay bayan sayin
    cumhurbaskani basbakan bakan bakani baskan baskani президент министр премьер король королева принц генерал
    полковник господин госпожа сенатор депутат губернатор мэр посол папа президента министра президенту министру
    прем єр міністр генерал пан пані посол pan pani prezydent premier minister prezydenta krol prezident premier
    ministr kral predseda predsednik ministar πρωθυπουργος προεδρος υπουργος κ κος κα""".split()  # noqa: SIM905  (a list of words reads best as words)
)
"""Folded words that stand before a name, or after it, without making another name of it."""
GERMAN_OFFICES: Final = tuple(
    """minister ministerin kanzler kanzlerin prasident prasidentin sprecher sprecherin chef chefin konig konigin
    prinz prinzessin sekretar sekretarin botschafter botschafterin richter richterin""".split()  # noqa: SIM905
)
"""German writes offices in one word, and all nouns with a capital: Außenministerin Baerbock."""
_DAYS: Final = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december mon tue wed thu fri sat sun jan feb mar apr jun jul aug sep sept oct nov
    dec""".split()  # noqa: SIM905
)
_JUNIORS: Final = frozenset("jr sr junior senior ii iii iv".split())  # noqa: SIM905
_HEADS: Final = frozenset(
    """tower towers university college school institute street avenue road square park bridge airport stadium
    hospital hotel center centre foundation organization organisation company corporation group bank island
    islands river lake mountain valley county city post times journal herald gazette tribune award prize cup""".split()  # noqa: SIM905
)
"""Words after a name that make another of it whatever the headline's capitals."""
_ABBREVIATIONS: Final = frozenset(
    """jr sr dr mr mrs ms st ste mt ft prof gen sen gov rep lt col capt maj adm sgt no nr hon rev bros co corp inc
    ltd univ dept d c mme mlle sra srta dra ing arq al abp bp fr ph""".split()  # noqa: SIM905
)
_PARTED: Final = re.compile(r"[.,:;!?()\[\]{}/|…—–。、，：；！？（）،؛؟।]")
_GAP: Final = re.compile(r"(?<=[\w'’ʼ)\]])[^\w'’ʼ]+(?=[\w'’ʼ])")
_BEFORE: Final = re.compile(r"([^\W\d_][\w'’.\-]*)[ \u00a0]\Z")
_AFTER: Final = re.compile(r"[ \u00a0]([^\W\d_][\w'’\-]*)")
_SENTENCE_START: Final = re.compile(r"(?:^|[.!?…:;\n\"“”«»„•–—\-(]\s*|[.!?…][\"”’»)]?\s+)\Z")
_ADDRESS: Final = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+\-]+@[\w\-]+\.[\w.\-]+|\b[\w\-]+(?:\.[\w\-]+)*\.(?:com|org|net|gov|edu|info)(?:/\S*)?"
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_FUNCTION_WORDS: Final = frozenset(("على", "إلى", "الى", "حتى", "متى", "لدى", "مدى"))
_GIVEN_NAMES: Final = frozenset(
    """aaron abdul adam ahmed alan albert alex alexander alexandre alfred ali alice alain amanda amy ana anders andre andrea
    andreas andrew andy angela ann anna anne anthony antoine antonio antony arthur barbara ben benjamin bernard bill bob
    boris brian brigitte bruce bruno camille carl carla carlos caroline catherine charles charlie charlotte chris christian
    christine christopher claire claude claudia dan daniel david deborah denis dennis diana dick diego dominique don donald
    donna doug douglas ed eddie edward elena elizabeth emily emma emmanuel eric erik ernest esther eugene eva evan fatima
    felix fernando florence frances francis francois frank franz fred frederic gary gabriel george georges gerald gerard
    gilbert giorgio giovanni giuseppe gordon graham grace greg guillaume gustavo guy hamid hannah hans harold harry hassan
    heather heinz helen helena henri henry herbert howard hugo ian ibrahim igor isabelle ivan jack jacob jacques james jan
    jane janet jason jean jeff jennifer jeremy jerry jessica jill jim jimmy joan joe johan johann john johnny jon jonathan
    jorge jose joseph josh juan judith julia julian julie karen karl kate katherine keith kelly ken kenneth kevin klaus
    kurt larry laura lauren laurent lawrence leo leon leonard leslie lewis linda lisa liz louis louise luc lucas luis luke
    mahmoud marc marcel marco marcus margaret maria marie marine mario mark markus martha martin mary matt matthew maurice
    max melissa mia michael michel michelle miguel mike mohamed mohammed monica muhammad mustafa nancy natalie nathan neil
    nicholas nick nicolas nicole nigel noah oliver olivier olivia omar oscar otto pablo pamela patricia patrick paul paula
    pedro peggy penny peter phil philip philippe pierre rachel ralph raymond rebecca rene ricardo richard rick rob robert
    roberto robin roger roland ron ronald rosa ross roy russell ruth ryan sally sam samantha samuel sandra sara sarah scott
    sean sebastian serge sergei sergio sharon simon simone sophie stefan stephanie stephen steve steven stuart susan suzanne
    sylvie ted teresa terry thomas tim timothy tina todd tom tommy tony tracy vanessa veronica victor victoria vincent
    vladimir walter warren wendy wilhelm will william willy wolfgang yann yasmin yves zoe""".split()  # noqa: SIM905
)
"""A sentence that begins with one of these, and not with a word of its own: Michael Jordan played."""
_CASELESS: Final = "\u0590"


def why_no_name(reading: Reading, place: Place, alias: str, *, turned: bool = False) -> str | None:
    """Return why what stands at a place is no name as written: it goes over a sentence's end, is another word, an address."""
    surface = reading.surface(place)
    if _PARTED.search(surface) and _is_parted(surface, alias, turned=turned):
        return "goes over a full stop, a comma or a bracket"
    if is_another_word(surface, alias):
        return "another word, by its accents or small letters"
    if surface[0] >= "\u3400" and _is_inside_word(reading, place):
        return "inside another word"
    if reading.has_addresses and _in_address(reading, place):
        return "inside an address"
    return None


def is_another_word(surface: str, alias: str) -> bool:
    """Return whether accents, or an initial in small letters, make another word of the alias: más is not Mas."""
    if "\u0600" <= surface[0] <= "\u06ff":
        words = surface.split()
        return (words[-1] in _FUNCTION_WORDS and words[-1] not in alias) or _is_glued_otherwise(
            fold_words(words[0]), fold_words(alias)
        )
    if surface == alias or (not alias[0].isupper() and len(alias) > 1):
        return False
    if surface[0].islower() and alias[0].isupper() and _marks(surface) - _marks(alias):
        return True
    ours, theirs = _WORD.findall(alias), _WORD.findall(surface)
    return len(ours) == len(theirs) and any(
        len(one) == 1 and one.isupper() and other.islower() for one, other in zip(ours, theirs, strict=True)
    )


def why_another_name(reading: Reading, place: Place, own: frozenset[str] = frozenset()) -> str | None:
    """Return why a capitalised neighbour makes another name of it; `own` are folded words of the actor's names."""
    if is_in_capitals(line := line_of(reading, place)):
        return None
    surface = reading.surface(place)
    if surface[0] >= _CASELESS or not surface[0].isupper():
        return None
    language = (reading.document.language or "").split("-")[0]
    in_title_case = reading.field(place) == "title" and is_title_case(line)
    start, end = reading.folded.span(place.start, place.end)
    if (word := _word_before(reading, start)) is not None and not in_title_case and language != "de":
        folded = fold_words(word)
        if folded not in own and not set(folded.split()) & TITLES and folded not in _DAYS:
            return f'part of a longer name: "{word} {surface}"'
    after = _AFTER.match(reading.original, end)
    if after is not None and after[1][0].isupper():
        folded = fold_words(after[1].removesuffix("'s").removesuffix("’s"))
        if folded in _HEADS or folded in _JUNIORS:
            return f'part of a longer name: "{surface} {after[1]}"'
        if not (
            in_title_case
            or language == "de"
            or folded in own
            or folded in TITLES
            or folded in _DAYS
            or (after[1].isupper() and len(after[1]) > 1)
        ):
            return f'part of a longer name: "{surface} {after[1]}"'
    return None


def why_surname_goes_on(reading: Reading, place: Place, own: frozenset[str]) -> str | None:
    """Return why a word after a surname makes another name of it: "Trump Tower", "Trump Jr."."""
    line = line_of(reading, place)
    _start, end = reading.folded.span(place.start, place.end)
    after = _AFTER.match(reading.original, end)
    if after is None or not after[1][0].isupper() or is_in_capitals(line):
        return None
    folded = fold_words(after[1].removesuffix("'s").removesuffix("’s"))
    language = (reading.document.language or "").split("-")[0]
    in_title_case = reading.field(place) == "title" and is_title_case(line)
    if folded in _HEADS or folded in _JUNIORS:
        return f"another word stands after it: {after[1]}"
    if (
        in_title_case
        or language == "de"
        or folded in own | TITLES | _DAYS
        or (after[1].isupper() and len(after[1]) > 1)
    ):
        return None
    return f"another word stands after it: {after[1]}"


def says_nothing(reading: Reading, place: Place, alias: str) -> bool:
    """Return whether the capitals of an exact alias say nothing, since all around it are written so."""
    line = line_of(reading, place)
    letters = "".join(_WORD.findall(alias))
    if letters.isupper():
        return is_in_capitals(line)
    return " " not in alias and reading.field(place) == "title" and is_title_case(line)


def line_of(reading: Reading, place: Place) -> str:
    """Return the line of the article that a place is in."""
    start, end = reading.folded.span(place.start, place.end)
    first = reading.original.rfind("\n", 0, start) + 1
    last = reading.original.find("\n", end)
    return reading.original[first : len(reading.original) if last < 0 else last]


@cache
def is_in_capitals(line: str) -> bool:
    """Return whether a line is written in capitals, all of its several words."""
    return line.isupper() and len(_WORD.findall(line)) > 2


@cache
def is_title_case(line: str) -> bool:
    """Return whether a headline is written With Capitals, Like This."""
    words = [word for word in _WORD.findall(line)[1:] if len(word) > 3]
    return len(words) >= 2 and sum(word[0].isupper() for word in words) >= 0.75 * len(words)


def _is_parted(surface: str, alias: str, *, turned: bool) -> bool:
    for gap in _GAP.finditer(surface):
        signs = set(gap[0].replace("\u00a0", " ").strip())
        if not signs or signs <= set(alias):
            continue
        before = re.search(r"[\w'’]+$", surface[: gap.start()])
        after = re.match(r"\w+", surface[gap.end() :])
        word = fold_words(before[0]) if before else ""
        following = after[0] if after else ""
        if "." in signs and (len(word) <= 1 or word in _ABBREVIATIONS):
            signs.discard(".")
        if "," in signs and (
            turned or fold_words(following) in (*_JUNIORS, "inc", "ltd", "llc", "corp", "co")
        ):
            signs.discard(",")
        if signs & set("([") and following[:1].isdigit():
            signs -= set("([")
        if _PARTED.search("".join(signs)):
            return True
    return False


def _is_glued_otherwise(word: str, alias: str) -> bool:
    """Return whether an Arabic word that ends like a name is another: كريم is not ك + ريم, المالي is financial, not Mali."""
    glued = word.removesuffix(first := alias.split(" ")[0])
    if not glued or not word.endswith(first):
        return False
    if word in _ARABIC_NAMES and " " not in alias:
        return True
    return glued.endswith(("ال", "لل")) and " " not in alias and first[-1] == "ي"


_ARABIC_NAMES: Final = frozenset(
    map(
        fold_words,
        """كريم كرامي كمال كامل كنعان كاظم كرم كلثوم كميل كنانة كرامة كبير كثير فريد فارس فادي فهد فاروق فراس فيصل فواز فؤاد
        فلاح فهمي باسم بسام بلال بدر بكر بشار بشير باقر بهاء بركات لطيف لؤي لينا ليلى لبيب وليد وسام وائل وديع وجيه وحيد وهبي
        وفاء وردة ولاء وداد""".split(),  # noqa: SIM905
    )
)
"""Names and words that begin like a glued letter."""


def _is_inside_word(reading: Reading, place: Place) -> bool:
    """Return whether it stands inside another word of a script without spaces: 이란 in 사랑이란, 京都 in 東京都."""
    start, end = reading.folded.span(place.start, place.end)
    surface, before = reading.original[start:end], reading.original[max(0, start - 1) : start]
    after = reading.original[end : end + 1]
    if "가" <= surface[0] <= "힣":
        return "가" <= before <= "힣" and before not in "대반친주전탈북남"
    return (surface == "京都" and before in ("東", "东")) or (len(surface) == 2 and after == "然")


@cache
def _marks(text: str) -> frozenset[tuple[str, str]]:
    """Return the accents of a text, each with its letter."""
    composed = unicodedata.normalize("NFD", text.casefold())
    return frozenset(
        (composed[at - 1], mark) for at, mark in enumerate(composed) if at and unicodedata.combining(mark)
    )


def _in_address(reading: Reading, place: Place) -> bool:
    start, end = reading.folded.span(place.start, place.end)
    first = max(reading.original.rfind(" ", 0, start), reading.original.rfind("\n", 0, start)) + 1
    return any(
        match.start() <= start and end <= match.end()
        for match in _ADDRESS.finditer(reading.original, first, min(len(reading.original), end + 200))
    )


def _word_before(reading: Reading, start: int) -> str | None:
    """Return the capitalised word right before a place, where it may be of a name."""
    text = reading.original
    match = _BEFORE.search(text, max(0, start - 60), start)
    if match is None or not match[1][0].isupper():
        return None
    word = match[1]
    if word.endswith(".") and len(word) > 2:
        return None
    if word.isupper() and len(word.strip(".")) > 1:
        return None
    begins = _SENTENCE_START.search(text, max(0, match.start() - 10), match.start()) is not None
    return None if begins and fold_words(word) not in _GIVEN_NAMES else word
