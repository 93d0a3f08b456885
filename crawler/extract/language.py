"""The language of a text, by py3langid; the page's own claim counts where the text is short, or can't tell neighbours apart."""

from __future__ import annotations

import re
from functools import cache

from storage.codes import language_of_tag

TEXT_CHARACTERS = 800
BEGINNING = 240
"""So many characters tell without doubt, mostly, that a page is right about its language."""
ENOUGH_TEXT = 200
"""From so many characters on the text alone tells: its title may be in another language."""
SHORTEST_TEXT = 60
SHORTEST_DENSE_TEXT = 20
"""The same where a letter is a word or a syllable."""
SHORTEST_TITLE = 30
SURE = 40.0
"""By so much (the logarithm of the odds) a title must be likelier in another language than in the text's: names make up to 30."""
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TIFINAGH = re.compile(r"[\u2d30-\u2d7f]{3}")
"""Written by Tamazight alone, which the model does not know."""
SURE_A_SIGN = 0.13
"""By so much a sign of the text a neighbour must be likelier than the language that the page claims."""
_TOO_CLOSE = tuple(
    frozenset(group.split()) for group in ("da no", "hr sr bs me", "id ms jv su", "az tr", "cs sk", "fa ur")
)
"""Neighbours that the model takes for each other in whole texts: the claim counts."""
_TELLING = {
    "cs": re.compile(r"[ěřů]|\b(?:jsou|také|kter\w+|ještě|může|řekl\w*|podle)\b", re.IGNORECASE),
    "sk": re.compile(r"[ľĺŕôä]|\b(?:sú|aj|tiež|ktor\w+|ešte|lebo|alebo|povedal\w*|podľa)\b", re.IGNORECASE),
    "da": re.compile(
        r"\b(?:af|efter|blev|nogle|noget|mellem|uden|hvad|meget|siger|sagde|bliver|fik|havde|nu|vej|op|ud)\b",
        re.IGNORECASE,
    ),
    "no": re.compile(
        r"\b(?:av|etter|ble|noen|noe|mellom|uten|hva|mye|sier|sa|blir|fikk|hadde|nå|vei|opp|ut)\b",
        re.IGNORECASE,
    ),
    "tr": re.compile(r"\b(?:ve|için|ile|olarak|daha|gibi|değil|söyledi|dedi)\b", re.IGNORECASE),
    "az": re.compile("ə"),
    "ms": re.compile(
        r"\b(?:bahawa|kerana|ialah|wang|boleh|sahaja|manakala|iaitu|kerajaan|beliau|mahu|baharu)\b",
        re.IGNORECASE,
    ),
    "id": re.compile(
        r"\b(?:bahwa|karena|uang|bisa|saja|sedangkan|yaitu|pemerintah|dia|mau|baru)\b", re.IGNORECASE
    ),
    "hi": re.compile(r"(?<!\S)(?:है|हैं|में|और|था|थे|नहीं|की|के)(?=[\s।,])"),
    "ne": re.compile(r"(?:लाई|हरू|हरु|गरेको|भएको|छन्|(?<!\S)र|(?<!\S)छ)(?=[\s।,])"),
    "he": re.compile(r"(?<!\S)(?:של|את|על|לא|כי|הוא|היא)(?!\S)"),
    "yi": re.compile(r"[װױײ]|(?<!\S)(?:און|איז|דער|די|אז|פֿון|מיט)(?!\S)"),
}
"""Letters and words that one of two neighbours has and the other has not."""
_TOLD_APART = ("cs sk", "da no", "tr az", "id ms", "hi ne", "he yi")
LEAST_TELLING = 3
_NEIGHBOURS = tuple(
    frozenset(group.split())
    for group in (
        "da no sv",
        "hr sr bs sl me",
        "cs sk",
        "id ms jv su",
        "pt gl",
        "es gl ca ast an eu",
        "nl af fy li",
        "de lb nds als",
        "ru uk be bg mk",
        "bg mk sr",
        "hi mr ne",
        "bn as",
        "fa ps ur ckb",
        "ar arz ary",
        "az tr tk uz",
        "kk ky tt",
        "et fi",
        "lv lt",
        "fr oc wa br",
        "it la co sc",
        "en sco cy mt ga",
        "zu xh sw rw",
        "zh yue wuu ja",
    )
)
"""Languages that are mistaken for each other: there the page's own claim decides."""


def load_model() -> None:
    """Load the model, for which the first text would wait: half a second, which leaves other threads free."""
    _likelihoods("")


def detect_language(title: str, text: str, declared: str | None = None) -> str | None:
    """Return the ISO 639-1 code of the text, whatever its title is in; None where nothing tells. Both Norwegians are `no`."""
    sample = text[:TEXT_CHARACTERS] if len(text) >= ENOUGH_TEXT else f"{title}\n{text}".strip()
    return _told_apart(_likeliest(sample, text, language_of_tag(declared)), sample)


def _told_apart(language: str | None, sample: str) -> str | None:
    """Return the language, or its neighbour where the text has that one's letters and words, and hardly the language's own."""
    if language not in _TELLING:
        return language
    pair = next(pair.split() for pair in _TOLD_APART if language in pair.split())
    other = pair[pair[0] == language]
    others = len(_TELLING[other].findall(sample))
    return other if others >= max(LEAST_TELLING, 4 * len(_TELLING[language].findall(sample))) else language


def _likeliest(sample: str, text: str, claimed: str | None) -> str | None:
    import py3langid  # here: it brings NumPy, and where no text is read nobody needs it

    is_dense = 2 * len(_DENSE.findall(sample)) > len(sample)
    shortest = SHORTEST_DENSE_TEXT if is_dense else SHORTEST_TEXT
    if len(sample) < 15 or (len(sample) < shortest and claimed is not None):
        return claimed
    if _TIFINAGH.search(sample):
        return "zgh"
    if claimed is not None and _begins_in(claimed, sample[:BEGINNING]):
        return claimed
    likelihoods = _likelihoods(sample)
    found = max(likelihoods, key=likelihoods.__getitem__, default=None)
    if claimed is None or found is None or claimed == found:
        return claimed or found
    if any({claimed, found} <= group for group in _NEIGHBOURS):
        lead = likelihoods[found] - likelihoods.get(claimed, likelihoods[found])
        is_sure = len(sample) >= ENOUGH_TEXT and lead >= SURE_A_SIGN * len(sample)
        return found if is_sure and not any({claimed, found} <= group for group in _TOO_CLOSE) else claimed
    later = text[TEXT_CHARACTERS : 2 * TEXT_CHARACTERS]
    if len(later) >= SHORTEST_TEXT and language_of_tag(str(py3langid.classify(later)[0])) == claimed:
        return claimed  # it begins with another language's words
    return found


def _begins_in(language: str, beginning: str) -> bool:
    """Return whether a text begins in a language without doubt: two pages of three say what theirs is, and are right."""
    if len(beginning) < BEGINNING:
        return False
    likelihoods = _likelihoods(beginning)
    own = likelihoods.pop(language, None)
    return own is not None and own >= max(likelihoods.values()) + SURE


def language_of_title(title: str, language: str | None) -> str | None:
    """Return the language of a title: the text's, `language`, unless the title surely is in another."""
    if language is None or len(title) < SHORTEST_TITLE:
        return language
    likelihoods = _likelihoods(title)
    found = max(likelihoods, key=likelihoods.__getitem__)
    lead = likelihoods[found] - likelihoods.get(language, likelihoods[found])
    return (
        found if lead >= SURE and not any({found, language} <= group for group in _NEIGHBOURS) else language
    )


def _likelihoods(text: str) -> dict[str, float]:
    """Return how likely each language is (logarithms)."""
    import py3langid  # here: it brings NumPy, and where no text is read nobody needs it

    found: dict[str, float] = {}
    for code, likelihood in py3langid.rank(text):
        if (normal := _code_of(code)) is not None:
            found.setdefault(normal, likelihood)
    return found


@cache
def _code_of(label: str) -> str | None:
    """Return the language that one of the model's labels stands for."""
    return language_of_tag(label)
