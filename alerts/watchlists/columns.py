"""What the columns of a table of people and organisations are called, in English, French, Spanish and Arabic. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from alerts.watchlists.reading import tidy

_WORDS = {
    "name": (
        "name|full name|person|organisation|organization|actor"
        "|nom complet|nom et prenom|nom prenom|personne|acteur"
        "|nombre completo|nombre y apellidos|persona|organizacion"
        "|الاسم الكامل|الاسم واللقب|الشخص|المنظمة"
    ),
    "given": (
        "first name|firstname|given name|given names|forename"
        "|prenom|prenoms"
        "|nombre de pila|primer nombre"
        "|الاسم الشخصي|الاسم الاول"
    ),
    "surname": (
        "surname|last name|lastname|family name"
        "|nom de famille|patronyme"
        "|apellido|apellidos|primer apellido"
        "|اللقب|اسم العائلة|الاسم العائلي|النسب"
    ),
    "aliases": (
        "aliases|alias|also called|also known as|aka|other names|spellings"
        "|autres noms|autre nom|aussi appele|aussi appelee|graphies"
        "|otros nombres|otro nombre|tambien llamado|tambien llamada|grafias"
        "|الاسماء الاخرى|اسماء اخرى|اسم اخر|اسماء بديلة|يسمى ايضا"
    ),
    "language": "language|lang|langue|idioma|lengua|اللغة|لغة",
    "note": (
        "note|notes|comment|comments|remark|remarks"
        "|remarque|remarques|commentaire|commentaires"
        "|nota|notas|comentario|comentarios|observaciones"
        "|ملاحظة|ملاحظات"
    ),
    "forms": "forms|declined forms|formes|formas|التصريف",
    "alone": "alone|seul|solo|منفردا",
}
_EITHER = ("nom", "nombre", "الاسم", "اسم")
"""Beside given names, `nom` is the surname; beside surnames, `nombre` and الاسم are given names; else they are the name."""
_OF = {word: column for column, words in _WORDS.items() for word in words.split("|")}
_YES = "yes|true|1|x|oui|vrai|o|si|verdadero|s|نعم|صحيح"
_NO = "no|false|0|non|faux|n|falso|لا|خطا"
_ANSWERS = {word: answer for words, answer in ((_YES, True), (_NO, False)) for word in words.split("|")}
_LETTERS = str.maketrans("أإآ", "ااا")


@dataclass(frozen=True, slots=True)
class Columns:
    """In which cells of a row each column stands. There is a name: `name`, or `given` and `surname`."""

    places: dict[str, tuple[int, ...]]
    width: int

    @property
    def named(self) -> int:
        """How many cells of the header were understood."""
        return sum(map(len, self.places.values()))

    def texts(self, column: str, cells: Sequence[str]) -> list[str]:
        """Return what a row has in a column, tidied; empty cells are left out."""
        found = (tidy(cells[place]) for place in self.places.get(column, ()) if place < len(cells))
        return [text for text in found if text]

    def text(self, column: str, cells: Sequence[str]) -> str:
        """Return the same as one text."""
        return " ".join(self.texts(column, cells))


def columns_of(cells: Sequence[str]) -> Columns | None:
    """Read a header; None where it names no column that holds a name."""
    found: dict[str, list[int]] = {}
    either: list[int] = []
    for place, cell in enumerate(cells):
        word = _plain(cell)
        column = _OF.get(word) or _OF.get(re.sub(r"\s*\d+$", "", word))
        if word in _EITHER:
            either.append(place)
        elif column == "aliases":
            found.setdefault(column, []).append(place)
        elif column is not None:
            found.setdefault(column, [place])
    if either:
        found.setdefault(_meaning(_plain(cells[either[0]]), found), either[:1])
    if "name" not in found and not {"given", "surname"} <= found.keys():
        return None
    return Columns({column: tuple(places) for column, places in found.items()}, len(cells))


def answer_of(text: str) -> bool | None:
    """Return what yes or no a cell says in any of the languages; None for anything else."""
    return _ANSWERS.get(_plain(text))


def _meaning(word: str, found: dict[str, list[int]]) -> str:
    if "name" in found:
        return "surname" if word == "nom" else "given"
    if "given" in found and "surname" not in found:
        return "surname"
    return "given" if "surname" in found and "given" not in found and word != "nom" else "name"


def _plain(text: str) -> str:
    """Return a heading without case, accents, underscores and what stands in brackets after it."""
    bare = re.sub(r"\(.*\)|[:*]", " ", text.translate(_LETTERS).replace("_", " "))
    marks = unicodedata.normalize("NFKD", tidy(bare).casefold())
    return "".join(character for character in marks if not unicodedata.combining(character))
