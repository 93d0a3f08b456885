"""What the matcher is measured on: real articles, Boolean queries drawn from their words, names in four scripts.

Everything is drawn with fixed seeds: the same size gives the same queries. Nothing of the articles is kept in the project.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, pairwise
from pathlib import Path

from alerts.text import fold_words
from alerts.values import Actor, Document, Topic, WatchList
from benchmarks.real_data import news_texts

SEED = 20260302
WATCH = "Benchmark"
LONGEST_TITLE = 90
KNOWN_NAME, KNOWN_PHRASE = 0.005, 0.1
"""How many names and phrases stand in the articles; the others are put together from their words.

With these, an article matches about 2 of 10,000 queries; in the study that the targets are from it was 1, in shorter articles.
"""
_WEIGHT = 0.25
"""A word in sixteen times as many articles is drawn twice as often: frequent and rare words mix."""
NAMES_THAT_HIT, FEWEST_THAT_HIT = 0.0002, 10
"""How many of the plain names stand in the articles."""

_WORD = re.compile(r"[^\W\d_]{3,}")
_NAME = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b")
_COMMON = 0.25
"""A word that stands in more of the articles than this is nobody's topic."""


def documents(data: Path) -> list[Document]:
    """Return the articles; the first words of each, up to a line's end, are taken for its title."""
    found = []
    for text in news_texts(data):
        line = text.partition("\n")[0][: LONGEST_TITLE + 1]
        title = line if len(line) <= LONGEST_TITLE else line.rpartition(" ")[0]
        found.append(Document(title, text[len(title) :].lstrip(), "en"))
    return found


class Vocabulary:
    """The names and words of the articles, to draw queries from."""

    def __init__(self, articles: Sequence[Document]) -> None:
        texts = [f"{article.title} {article.text}" for article in articles]
        self.names: list[str] = sorted({name for text in texts for name in _NAME.findall(text)})
        self._first, self._last = (
            sorted({part for name in self.names for part in [name.split()[side]]}) for side in (0, 1)
        )
        folded = ({fold_words(word) for word in _WORD.findall(text)} for text in texts)
        counts = Counter(word for words in folded for word in words)
        most = _COMMON * len(texts)
        self._words = sorted(word for word, count in counts.items() if count <= most and " " not in word)
        self._weights = list(accumulate(counts[word] ** _WEIGHT for word in self._words))
        self._phrases = sorted(
            {
                " ".join(pair)
                for text in texts
                for line in text.split("\n")
                for words in [fold_words(line).split()]
                for pair in pairwise(words)
                if all(len(word) > 3 for word in pair)
            }
        )

    def name(self, random_: random.Random) -> str:
        """Return a name that stands in an article, or a first and a last name of different ones."""
        if random_.random() < KNOWN_NAME:
            return random_.choice(self.names)
        return f"{random_.choice(self._first)} {random_.choice(self._last)}"

    def word(self, random_: random.Random) -> str:
        """Return a word of the articles, a frequent one likelier than a rare one."""
        word: str = random_.choices(self._words, cum_weights=self._weights)[0]
        return word

    def phrase(self, random_: random.Random) -> str:
        """Return two words that stand next to each other in an article, or seldom, or never."""
        if random_.random() < KNOWN_PHRASE:
            return random_.choice(self._phrases)
        return f"{self.word(random_)} {self.word(random_)}"


def queries_list(count: int, vocabulary: Vocabulary) -> WatchList:
    """Return a watch list of that many Boolean queries: half actors, 20 % AND, 15 % with NOT, 10 % NEAR, 5 % fields and phrases.

    Actors whose name is taken become topics: a rule is known by its name.
    """
    random_ = random.Random(SEED + count)
    actors: dict[str, Actor] = {}
    topics = []
    for number in range(count):
        share = number % 20
        if share >= 10:
            topics.append(Topic(f"q{number}", _topic(share, vocabulary, random_)))
            continue
        name, *aliases = dict.fromkeys(vocabulary.name(random_) for _ in range(random_.randint(1, 4)))
        if name not in actors:
            actors[name] = Actor(name, tuple(aliases))
        else:
            topics.append(Topic(f"q{number}", " OR ".join(f'"{alias}"' for alias in (name, *aliases))))
    return WatchList(WATCH, tuple(actors.values()), tuple(topics))


def _topic(share: int, vocabulary: Vocabulary, random_: random.Random) -> str:
    def word() -> str:
        return f'"{vocabulary.word(random_)}"'

    def either() -> str:
        return f"({word()} OR {word()})"

    def name() -> str:
        return f'"{vocabulary.name(random_)}"'

    match share:
        case 10 | 11 | 12:
            return f"{name()} AND {either()}"
        case 13:
            return f"{word()} AND {word()} AND {word()}"
        case 14 | 15:
            return f"{either()} AND {word()} AND NOT {word()}"
        case 16:
            return f"{name()} AND NOT {either()}"
        case 17 | 18:
            return f"{either()} NEAR/{random_.randint(5, 10)} {word()}"
        case _:
            phrase = f'"{vocabulary.phrase(random_)}"'
            return random_.choice((f"title:({word()} AND {word()})", f"text:({name()} AND {word()})", phrase))


_LATIN = tuple(
    "ka ne mo ri sa to lu be da vi ro na el an mar jo ter len so mi gra sta bro fer win hol ber ton der".split()  # noqa: SIM905  (syllables read best as words)
)
_CYRILLIC = tuple(
    "ка не мо ри са то лу бе да ви ро на ел ан мар жо тер лен со ми гра ста бро вин хол бер тон дер щу".split()  # noqa: SIM905  (syllables read best as words)
)
_ARABIC = tuple(
    "كا ني مو ري سا تو لو بي دا في رو نا عب حم مح سع جم قا صا طا هش زي خا غا شر فه مس نص عل ضي".split()  # noqa: SIM905  (syllables read best as words)
)
_HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 40 * 300, 40)]


def names(count: int, vocabulary: Vocabulary) -> Iterator[str]:
    """Return different names, a quarter each in Latin, Cyrillic, Arabic and Chinese script; few stand in the articles."""
    random_ = random.Random(SEED + count)
    known = random_.sample(vocabulary.names, max(FEWEST_THAT_HIT, round(NAMES_THAT_HIT * count)))
    seen = set(known)
    yield from known
    yield from islice(_made_up(random_, seen), count - len(known))


def _made_up(random_: random.Random, seen: set[str]) -> Iterator[str]:
    while True:
        for syllables in (_LATIN, _CYRILLIC, _ARABIC):
            while (name := _spaced_name(syllables, random_)) in seen:
                pass
            seen.add(name)
            yield name
        while (name := "".join(random_.choices(_HAN, k=3))) in seen:
            pass
        seen.add(name)
        yield name


def _spaced_name(syllables: tuple[str, ...], random_: random.Random) -> str:
    first = "".join(random_.choices(syllables, k=random_.randint(2, 3)))
    last = "".join(random_.choices(syllables, k=random_.randint(2, 4)))
    return f"{first.capitalize()} {last.capitalize()}"


def names_list(count: int, vocabulary: Vocabulary) -> WatchList:
    """Return a watch list of that many names, an actor each."""
    return WatchList(WATCH, tuple(Actor(name) for name in names(count, vocabulary)))
