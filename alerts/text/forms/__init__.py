"""Forms of names: whether a word of an article is a word of a name in another case, by the rules of the article's language. Pure.

Words are folded. A rule is a list of paradigms (`slavic`, `others`): what takes the place of a base form's ending. Nothing is
generated: a form is recognised, so that a name costs one literal whatever the number of its forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from alerts.text.fold import fold_words
from alerts.text.forms import others, slavic

CASES: Final = {
    "n": "nominative",
    "g": "genitive",
    "d": "dative",
    "a": "accusative",
    "i": "instrumental",
    "l": "locative",
    "v": "vocative",
    "e": "ergative",
    "c": "causal",
    "p": "plural",
    "s": "possessive",
    "f": "with an article or particle",
    "z": "ezafe",
}
ANY_CASE: Final = frozenset(CASES)
"""Of a word that does not decline."""
BASE: Final = frozenset("nv")
SHORTEST: Final = 3
"""Letters of a word from which on it has other forms."""


@dataclass(frozen=True, slots=True)
class _Paradigm:
    base: str
    endings: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True, eq=False)
class FormRules:
    """How names decline in one language. `together`: all words of a name do, and agree; else the last alone."""

    script: str
    together: bool
    agree: bool
    paradigms: tuple[_Paradigm, ...]

    def cases(self, word: str, token: str) -> frozenset[str]:
        """Return the cases in which a word of a name is written as `token`; none where it is not."""
        found: set[str] = set()
        declines = False
        for paradigm in self.paradigms:
            if not word.endswith(paradigm.base) or len(word) < SHORTEST:
                continue
            if not paradigm.base and word[-1] in _VOWELS and self.together:
                continue
            declines = True
            stem = word[: len(word) - len(paradigm.base)]
            if token.startswith(stem) and (cases := paradigm.endings.get(token[len(stem) :])) is not None:
                found |= cases
        if token == word:
            return (frozenset(found) | BASE) if declines else ANY_CASE
        return frozenset(found)


_VOWELS: Final = frozenset("аеиіоуыэюяaeiouyαεηιουω")


def _rules(script: str, *tables: str, together: bool = False, agree: bool = False) -> FormRules:
    paradigms: dict[str, dict[str, set[str]]] = {}
    for line in "\n".join(tables).strip().splitlines():
        bases, endings = line.split(" > ")
        for base in bases.split():
            known = paradigms.setdefault(_fold(base), {})
            for item in endings.split():
                ending, cases = item.split(":")
                if together and cases == "p":
                    continue  # several people of one surname are not the one who is tracked
                known.setdefault(_fold(ending), set()).update(cases)
    return FormRules(
        script,
        together,
        agree,
        tuple(
            _Paradigm(base, {ending: frozenset(cases) for ending, cases in endings.items()})
            for base, endings in paradigms.items()
        ),
    )


def _fold(ending: str) -> str:
    """Return an ending folded; marks that stand alone would be lost, so it is folded after a letter."""
    return "" if ending == "-" else fold_words("k" + ending)[1:]


RULES: Final[dict[str, FormRules]] = {
    "ru": _rules("cyrillic", slavic.RU, together=True, agree=True),
    "uk": _rules("cyrillic", slavic.UK, together=True, agree=True),
    "be": _rules("cyrillic", slavic.BE, together=True, agree=True),
    "bg": _rules("cyrillic", slavic.BG, together=True),
    "mk": _rules("cyrillic", slavic.MK, together=True),
    "sr": _rules("cyrillic", slavic.SR_CYRILLIC, together=True, agree=True),
    "kk": _rules("cyrillic", others.KK),
    "pl": _rules("latin", slavic.PL, together=True, agree=True),
    "cs": _rules("latin", slavic.CS, together=True, agree=True),
    "sk": _rules("latin", slavic.SK, together=True, agree=True),
    "sl": _rules("latin", slavic.SL, together=True, agree=True),
    "hr": _rules("latin", slavic.HR, together=True, agree=True),
    "lt": _rules("latin", others.LT, together=True, agree=True),
    "lv": _rules("latin", others.LV, together=True, agree=True),
    "el": _rules("greek", others.EL, together=True, agree=True),
    "fi": _rules("latin", others.FI),
    "et": _rules("latin", others.ET),
    "hu": _rules("latin", others.HU),
    "tr": _rules("latin", others.TR),
    "az": _rules("latin", others.AZ),
    "uz": _rules("latin", others.UZ),
    "de": _rules("latin", others.DE),
    "sv": _rules("latin", others.SCANDINAVIAN),
    "ro": _rules("latin", others.RO, together=True),
    "sq": _rules("latin", others.SQ),
    "hy": _rules("armenian", others.HY),
    "ka": _rules("georgian", others.KA),
    "hi": _rules("devanagari", others.HI),
    "mr": _rules("devanagari", others.MR),
    "bn": _rules("bengali", others.BN),
    "fa": _rules("arabic", others.FA),
    "ur": _rules("arabic", others.UR),
}
_LIKE: Final = {
    **dict.fromkeys(("bs", "sh"), ("hr",)),
    **dict.fromkeys(("da", "no", "nb", "nn", "is", "lb", "fo"), ("sv",)),
    "mo": ("ro",),
    "sr": ("sr", "hr"),
    "uz": ("uz", "uz-cyrillic"),
    "ky": ("kk",),
    "tt": ("kk",),
    "ne": ("hi",),
}
RULES["uz-cyrillic"] = _rules("cyrillic", others.UZ_CYRILLIC)
_STARTS: Final = (
    ("latin", "a", "\u02b0"),
    ("greek", "\u0370", "\u0400"),
    ("cyrillic", "\u0400", "\u0530"),
    ("armenian", "\u0530", "\u0590"),
    ("arabic", "\u0600", "\u0780"),
    ("devanagari", "\u0900", "\u0980"),
    ("bengali", "\u0980", "\u0a00"),
    ("georgian", "\u10a0", "\u1100"),
)


def script_of(word: str) -> str | None:
    """Return the script of a folded word, where names of it have forms."""
    first = word[0]
    return next((script for script, start, end in _STARTS if start <= first < end), None)


@cache
def _bases(script: str) -> tuple[str, ...]:
    """Return the endings of base forms in a script, the longest first."""
    found = {
        paradigm.base for rules in RULES.values() if rules.script == script for paradigm in rules.paradigms
    }
    return tuple(sorted(found, key=len, reverse=True))


def common_start(word: str) -> str:
    """Return the letters that all forms of a folded word begin with, whatever the language; all of one that has none."""
    script = script_of(word)
    if script is None or len(word) < SHORTEST:
        return word
    longest = next((len(base) for base in _bases(script) if word.endswith(base)), 0)
    return word[: len(word) - longest] or word[0]


@cache
def rules_of(language: str | None) -> tuple[FormRules, ...]:
    """Return the rules of an article's language; of an unknown one, those of all, except where the script's are too many."""
    if language is None:
        return tuple(rules for rules in RULES.values() if rules.script != "arabic")
    code = language.split("-")[0].lower()
    return tuple(RULES[name] for name in _LIKE.get(code, (code,)) if name in RULES)


@cache
def _bases_by_ending(
    rules: tuple[FormRules, ...],
) -> tuple[dict[str, dict[str, tuple[tuple[str, bool], ...]]], int]:
    """Return by script and ending the bases whose place it takes, each whether after vowels too; and the longest ending."""
    found: dict[str, dict[str, dict[tuple[str, bool], None]]] = {}
    for rule in rules:
        endings = found.setdefault(rule.script, {})
        for paradigm in rule.paradigms:
            for ending in paradigm.endings:
                endings.setdefault(ending, {})[paradigm.base, not rule.together] = None
    longest = max(len(ending) for endings in found.values() for ending in endings)
    return {
        script: {ending: tuple(bases) for ending, bases in endings.items()}
        for script, endings in found.items()
    }, longest


def bases_of(token: str, rules: tuple[FormRules, ...]) -> set[str]:
    """Return the words of which `token` may be a form, itself among them."""
    by_script, longest = _bases_by_ending(rules)
    found = {token}
    endings = by_script.get(script_of(token) or "") if token else None
    if endings is None:
        return found
    for length in range(min(longest, len(token) - 1) + 1):
        stem = token[: len(token) - length]
        for base, after_vowel in endings.get(token[len(stem) :], ()):
            if base or after_vowel or stem[-1] not in _VOWELS:
                found.add(stem + base)
    return found


@lru_cache(maxsize=100_000)
def name_cases(
    words: tuple[str, ...], tokens: tuple[str, ...], may_stay: tuple[bool, ...], rules: FormRules
) -> str | None:
    """Return the cases in which a name is written as these words, as letters of `CASES`; None where it is no form of it.

    `may_stay` says of each word of the name whether it may stay as it is beside declined ones: before a hyphen, in small letters.
    """
    if not rules.together:
        return (
            "".join(sorted(rules.cases(words[-1], tokens[-1]))) or None if words[:-1] == tokens[:-1] else None
        )
    feminine = words[0][-1] in "аяa"
    agreed = ANY_CASE
    for place, (word, token) in enumerate(zip(words, tokens, strict=True)):
        cases = rules.cases(word, token)
        if word == token and (
            may_stay[place] or (place and (feminine or word[-1] in _VOWELS)) or word[-1] in _STIFF
        ):
            cases = ANY_CASE
        agreed &= cases
        if not agreed if rules.agree else not cases:
            return None
    return "".join(sorted(agreed))


_STIFF: Final = frozenset("оеиуюэіouei")
"""Vowels after which a foreign word does not decline."""
