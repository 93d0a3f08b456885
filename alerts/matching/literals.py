"""What the automaton looks for: folded words between spaces, with the forms that a script glues them into."""

from __future__ import annotations

from ahocorasick_rs import AhoCorasick

from alerts.text import fold_words

_CLITICS = ("و", "ف", "ب", "ل", "ك", "وب", "ول", "وك", "فب", "فل", "فك")
"""and, so, in, to, like: Arabic glues them, and pairs of them, to the word that follows."""
_ARTICLE = "ال"
_LETTERS = ("ء", "ي")


class Literals:
    """A set of literals under construction; equal ones are looked for once."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}

    def add(self, text: str, *, prefix: bool = False) -> tuple[int, ...]:
        """Gives the ids of the literals that find the word or phrase, or words that begin so."""
        words = fold_words(text)
        forms = _arabic_forms(words) if words and _LETTERS[0] <= words[0] <= _LETTERS[1] else (words,)
        tail = "" if prefix else " "
        return tuple(self._ids.setdefault(f" {form}{tail}", len(self._ids)) for form in forms)

    def automaton(self) -> AhoCorasick | None:
        """Gives the automaton that finds them all; None where there are none."""
        return AhoCorasick(list(self._ids)) if self._ids else None


def _arabic_forms(words: str) -> tuple[str, ...]:
    """Gives the words bare, and with the article, clitics and both before the first of them."""
    bare = words.removeprefix(_ARTICLE) if len(words.split(" ")[0]) > 4 else words
    forms = [words]
    if bare == words:
        forms += [clitic + words for clitic in _CLITICS]
    definite = _ARTICLE + bare
    forms.append(definite)
    for clitic in _CLITICS:
        # ل swallows the article's alef: ل + ال is لل
        forms.append(clitic + "ل" + bare if clitic.endswith("ل") else clitic + definite)
    return tuple(dict.fromkeys(forms))
