"""Label real days of news by eye: which articles tell the same event.

    python -m benchmarks.stories_label list              all articles, those next to each other that are alike
    python -m benchmarks.stories_label near              pairs that are near by any measure, though labelled as two stories
    python -m benchmarks.stories_label judge FILE        put what a reader said into the labels

An article's number is its place in the order of publication. In FILE a line of numbers is a story; a line that begins with "?"
says that each pair of it is doubtful (where a "/" stands, each of one side with each of the other); articles that no line names
are stories of their own; what stands after "#" is ignored. The labels hold addresses only.

An event happens at a time and a place, with its direct follow-ups of the same day. Two acts of one minister on a day are two, and
so are two medals. Roundups, live blogs, photo galleries and tables are of no event.
"""

from __future__ import annotations

import argparse
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from pathlib import Path

from benchmarks.real_data import data_folder
from benchmarks.stories_days import (
    DOUBTFUL_FILE,
    STORIES_FILE,
    DayArticle,
    Pair,
    pairs_of,
    read_labels,
    real_days,
)

NEAR = 0.15
"""Cosine of all words from which on a pair is to be judged."""
RARE = 6
"""A name in so few articles or fewer, or a number, is worth a look where two share it."""
SHARED = 2
_SUMMARY = 420
_LATELY = 6
_WORD = re.compile(r"\w+")
_NAME = re.compile(r"\b[A-Z]\w{3,}|\b\d[\d,.]*\b")


def words_alike(articles: Sequence[DayArticle]) -> list[list[float]]:
    """Return for each pair of articles the cosine of their words, which weigh more the fewer articles have them."""
    counts = [Counter(_WORD.findall(f"{one.title} {one.summary[:600]}".casefold())) for one in articles]
    held_by = Counter(word for count in counts for word in count)
    vectors = []
    for count in counts:
        vector = {
            word: (1 + math.log(n)) * math.log(len(counts) / held_by[word]) for word, n in count.items()
        }
        length = math.hypot(*vector.values()) or 1.0
        vectors.append({word: weight / length for word, weight in vector.items()})
    return [
        [sum(weight * other.get(word, 0.0) for word, weight in one.items()) for other in vectors]
        for one in vectors
    ]


def near_pairs(
    articles: Sequence[DayArticle], alike: Sequence[Sequence[float]]
) -> Iterator[tuple[int, int, str]]:
    """Return the pairs that are near by any measure, and by which: words, or rare names and numbers that both have."""
    names = [set(_NAME.findall(f"{one.title} {one.summary[:600]}")) for one in articles]
    held_by = Counter(name for found in names for name in found)
    rare = [{name for name in found if held_by[name] <= RARE} for found in names]
    for one, other in combinations(range(len(articles)), 2):
        shared = rare[one] & rare[other]
        if alike[one][other] >= NEAR or len(shared) >= SHARED:
            yield one, other, f"{alike[one][other]:.2f} {' '.join(sorted(shared))}"


def reading_order(alike: Sequence[Sequence[float]]) -> list[int]:
    """Return an order in which each article follows one that it is like."""
    left = set(range(len(alike)))
    order: list[int] = []
    while left:
        lately = order[-_LATELY:]
        best = max(left, key=lambda place: (max((alike[one][place] for one in lately), default=0.0), -place))
        if not lately or max(alike[one][best] for one in lately) < NEAR:
            best = min(left)
        order.append(best)
        left.remove(best)
    return order


def read_judgement(lines: Sequence[str]) -> tuple[list[set[int]], set[frozenset[int]]]:
    """Return the stories and the doubtful pairs of a file, by the articles' numbers."""
    stories, doubtful = [], set()
    for line in lines:
        text = line.partition("#")[0].strip()
        if text.startswith("?"):
            sides = [[int(number) for number in side.split()] for side in text[1:].split("/")]
            pairs = combinations(sides[0], 2) if len(sides) == 1 else product(*sides)
            doubtful |= {frozenset(pair) for pair in pairs}
        elif text:
            stories.append({int(number) for number in text.split()})
    return stories, doubtful


def judge(articles: Sequence[DayArticle], lines: Sequence[str]) -> None:
    """Write the labels of all articles."""
    stories, doubtful = read_judgement(lines)
    story_of = {number: number for number in range(len(articles))}
    for members in stories:
        story_of |= dict.fromkeys(members, min(members))
    labelled = sorted((story, articles[number].url) for number, story in story_of.items())
    STORIES_FILE.write_text("".join(f"{story}\t{url}\n" for story, url in labelled), "utf-8")
    pairs = sorted(sorted(articles[number].url for number in pair) for pair in doubtful)
    DOUBTFUL_FILE.write_text("".join("\t".join(pair) + "\n" for pair in pairs), "utf-8")


def _line(number: int, article: DayArticle) -> str:
    when = f"{article.published:%d %b %H:%M}"
    return f"[{number}] {when} {article.outlet} | {article.title} || {article.summary[:_SUMMARY]}"


def main() -> None:
    """List, or write what was said."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("list", "near", "judge"))
    parser.add_argument("file", nargs="?", type=Path, help="what the reader said, for judge")
    arguments = parser.parse_args()
    articles = real_days(data_folder())
    if arguments.what == "judge":
        if arguments.file is None:
            parser.error("judge needs FILE")
        judge(articles, arguments.file.read_text("utf-8").splitlines())
        return
    alike = words_alike(articles)
    if arguments.what == "list":
        for number in reading_order(alike):
            print(_line(number, articles[number]))
        return
    labels = read_labels()
    told: set[Pair] = pairs_of(labels.stories) | labels.doubtful
    for one, other, why in near_pairs(articles, alike):
        if frozenset((articles[one].url, articles[other].url)) not in told:
            print(f"{why}\n  {_line(one, articles[one])}\n  {_line(other, articles[other])}")


if __name__ == "__main__":
    main()
