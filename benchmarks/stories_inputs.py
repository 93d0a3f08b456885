"""What `benchmarks.stories` works on: copies made by a seeded editor, labelled news, and made-up articles to fill a window."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from crawler.extract.language import detect_language

FEWEST_WORDS = 120
"""Texts with fewer are no news articles; a quarter of one is too short to tell."""
FEWEST_PARAGRAPHS = 6
"""Foreign paragraphs come from texts with so many."""
EDITS = ("copy", "half", "quarter", "framed", "paragraphs", "words")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, the group that it belongs to, and how it was edited."""

    title: str
    text: str
    group: str
    edit: str = "original"


def edited_copies(folder: Path, seed: int) -> list[Labelled]:
    """Return the aeb texts with six edited copies of each, shuffled so that an original may come after its copies."""
    draw = random.Random(seed)
    truth = json.loads((folder / "pages" / "aeb" / "ground-truth.json").read_text("utf-8"))
    texts = {
        key: value["articleBody"]
        for key, value in sorted(truth.items())
        if len(value["articleBody"].split()) >= FEWEST_WORDS
    }
    words = sorted({word for text in texts.values() for word in text.split()})
    every = [text for text in texts.values() if len(_paragraphs(text)) >= FEWEST_PARAGRAPHS]
    made = []
    for group, text in texts.items():
        made.append(Labelled("", text, group))
        foreign = [other for other in every if other is not text]
        made += [Labelled("", _edit(text, edit, foreign, words, draw), group, edit) for edit in EDITS]
    draw.shuffle(made)
    return made


def _edit(text: str, edit: str, foreign: list[str], words: list[str], draw: random.Random) -> str:
    paragraphs = _paragraphs(text)
    match edit:
        case "half" | "quarter":
            own = text.split()
            return " ".join(own[: len(own) // (2 if edit == "half" else 4)])
        case "framed":
            around = [_paragraph(draw.choice(foreign), draw) for _ in range(2)]
            return "\n".join([around[0], *paragraphs, around[1]])
        case "paragraphs":
            count = max(1, round(len(paragraphs) * 0.2))
            for place in draw.sample(range(len(paragraphs)), count) if len(paragraphs) > 1 else ():
                paragraphs[place] = _paragraph(draw.choice(foreign), draw)
            return "\n".join(paragraphs)
        case "words":
            return " ".join(draw.choice(words) if draw.random() < 0.08 else word for word in text.split())
        case _:
            return text


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _paragraph(text: str, draw: random.Random) -> str:
    """Return a paragraph that is a small part of its text: else the edited text would be a copy of that one too."""
    paragraphs = _paragraphs(text)
    return draw.choice([line for line in paragraphs if len(line) < len(text) / 4] or paragraphs)


def labelled_news(folder: Path) -> list[Labelled]:
    """Return the ECB+ articles; the label is topic and collection."""
    found = []
    for file in sorted((folder / "stories" / "ecb-odd").glob("*/*.xml")):
        lines: dict[int, list[str]] = defaultdict(list)
        for token in etree.parse(file).getroot().iter("token"):
            lines[int(token.get("sentence") or 0)].append(token.text or "")
        text = "\n".join(" ".join(lines[number]) for number in sorted(lines))
        kind = "ecbplus" if file.stem.endswith("ecbplus") else "ecb"
        found.append(Labelled("", text, f"{file.parent.name}-{kind}"))
    return found


def made_up(folder: Path, count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Return titles and texts as long as news, in the words of the aeb texts by their frequency, each with names of its own.

    Each is in one language, as articles are; the languages are as frequent as among the aeb texts.
    """
    draw = random.Random(seed)
    truth = json.loads((folder / "pages" / "aeb" / "ground-truth.json").read_text("utf-8"))
    bodies = [value["articleBody"] for _key, value in sorted(truth.items())]
    languages = [detect_language("", body) for body in bodies]
    words: dict[str | None, list[str]] = defaultdict(list)
    for language, body in zip(languages, bodies, strict=True):
        words[language] += body.split()
    letters = "aeioulnrstmkdbgp"
    for _ in range(count):
        known = words[draw.choice(languages)]
        length = draw.randint(250, 900)
        names = ["".join(draw.choices(letters, k=7)).capitalize() for _ in range(12)]
        text = draw.choices(known, k=length)
        for place in range(0, length, 25):
            text[place] = draw.choice(names)
        yield " ".join([*draw.choices(names, k=2), *draw.choices(known, k=6)]), " ".join(text)
