"""Near-names: people who are not on a watch list, with names that look like those of people who are."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from alerts.matching import compile_matcher
from alerts.text import fold_words
from alerts.values import Actor, Document, WatchList

POSITIVES = ("positives_un_treated", "positives_un_untreated", "positives_us_congress_untreated")


def full_names(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as lines:
        return [row["full_name"] for row in csv.DictReader(lines) if fold_words(row["full_name"])]


@pytest.fixture(scope="module")
def watchlists(data: Path) -> Path:
    folder = data / "watchlists"
    if not folder.is_dir():
        pytest.skip(f"the names are not at {folder}")
    return folder


@pytest.fixture(scope="module")
def tracked(watchlists: Path) -> dict[str, str]:
    """The names that are tracked, by what they are folded."""
    names = (name for part in POSITIVES for name in full_names(watchlists / f"{part}.csv"))
    return {fold_words(name): name for name in names}


@pytest.mark.thorough
@pytest.mark.parametrize("part", ["negatives_global", "negatives_us"])
def test_name_like_a_tracked_one_is_not_found(part: str, watchlists: Path, tracked: dict[str, str]) -> None:
    matcher = compile_matcher([WatchList("W", tuple(map(Actor, tracked.values())))])
    false = [
        (name, mention.surface, mention.rule)
        for name in full_names(watchlists / f"{part}.csv")
        for mention in matcher.match(Document("", name))
        if fold_words(mention.surface) != fold_words(mention.actor or "")
    ]
    assert false == []


def test_every_tracked_name_is_found(tracked: dict[str, str]) -> None:
    matcher = compile_matcher([WatchList("W", tuple(map(Actor, tracked.values())))])
    missed = [
        name
        for folded, name in tracked.items()
        if folded not in {fold_words(mention.surface) for mention in matcher.match(Document("", name))}
    ]
    assert missed == []
