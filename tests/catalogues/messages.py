"""The strings of the program, and what a catalogue lacks of them."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from service.locale import FOLDER, LANGUAGES

ROOT = Path(__file__).parents[2]
PACKAGES = ("storage", "crawler", "alerts", "service")
KEYWORDS: dict[str, tuple[int | tuple[int, int] | tuple[int, str], ...] | None] = {
    "_": None,
    "N_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
OPTIONS = {"**/templates/**": {"trimmed": "true", "silent": "false"}}
TRANSLATED = [code for code in LANGUAGES if code != "en"]
HEADER = r"""msgid ""
msgstr ""
"Language: {code}\n"
"Plural-Forms: {plurals}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""
_TAG = re.compile(r"<[^>]*>")


def program() -> Catalog:
    """Return every string that is marked in the program."""
    catalogue = Catalog(project="Tocsin", charset="utf-8", fuzzy=False)
    for package in PACKAGES:
        found = extract_from_dir(
            ROOT / package,
            METHODS,
            OPTIONS,
            keywords=KEYWORDS,
            comment_tags=["l10n:"],
            strip_comment_tags=True,
        )
        for file, _line, message, comments, context in found:
            catalogue.add(
                message, locations=[(f"{package}/{file}", 0)], auto_comments=comments, context=context
            )
    return catalogue


def path_of(code: str) -> Path:
    """Return where a language's catalogue stands."""
    return FOLDER / f"{code}.po"


def read_catalogue(code: str) -> Catalog:
    """Return a language's catalogue; an empty one where there is none yet."""
    if not path_of(code).exists():
        return Catalog(locale=code, project="Tocsin", charset="utf-8", fuzzy=False)
    with path_of(code).open("rb") as file:
        return read_po(file, locale=code, charset="utf-8")


def update(code: str, of_program: Catalog) -> None:
    """Bring a catalogue to the program's strings: new ones empty, those that are gone left out."""
    catalogue = read_catalogue(code)
    comment = _comment(code)
    catalogue.update(of_program, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    body = BytesIO()
    write_po(body, catalogue, width=0, sort_output=True, include_lineno=False, omit_header=True)
    header = HEADER.format(code=code, plurals=catalogue.plural_forms)
    path_of(code).write_bytes(f"{comment}{header}".encode() + body.getvalue())


def _comment(code: str) -> str:
    """Return the glossary, which stands in a catalogue's first lines."""
    lines = path_of(code).read_text("utf-8").splitlines(keepends=True) if path_of(code).exists() else []
    return "".join(itertools.takewhile(lambda line: line.startswith("#"), lines))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one string of a catalogue."""

    code: str
    message: str
    what: str

    def __str__(self) -> str:
        return f"service/locale/{self.code}.po: {self.message!r}: {self.what}"


def faults(code: str, of_program: Catalog) -> Iterator[Fault]:
    """Yield what a catalogue lacks, has too much, or says with other places and tags than the English."""
    catalogue = read_catalogue(code)
    for message in of_program:
        if not message.id:
            continue
        said = catalogue.get(message.id, message.context)
        for what in [("is missing: make strings")] if said is None else _wrong(message, said, catalogue):
            yield Fault(code, _first(message), what)
    for message in catalogue:
        if message.id and of_program.get(message.id, message.context) is None:
            yield Fault(code, _first(message), "is no string of the program: make strings")


def _wrong(message: Message, said: Message, catalogue: Catalog) -> Iterator[str]:
    forms = said.string if isinstance(said.string, list | tuple) else [said.string]
    if not all(forms) or (message.pluralizable and len(forms) != catalogue.num_plurals):
        yield "is not translated"
        return
    if said.fuzzy:
        yield "is marked fuzzy"
    ours = message.id if isinstance(message.id, list | tuple) else [message.id]
    places, tags = set(_places(ours[-1])), sorted(_TAG.findall(ours[-1]))
    for form in map(str, forms):
        found = set(_places(form))
        if found != places and not (message.pluralizable and found == places - {"count"}):
            yield f"has the places {sorted(found)}, not {sorted(places)}, in {form!r}"
        if sorted(_TAG.findall(form)) != tags:
            yield f"has other tags than the English, in {form!r}"


def _places(text: str) -> Iterator[str]:
    for _literal, name, _spec, _conversion in string.Formatter().parse(text):
        if name is not None:
            yield name


def _first(message: Message) -> str:
    return message.id[0] if isinstance(message.id, list | tuple) else message.id
