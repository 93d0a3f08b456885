"""The labels of real days: addresses only, and what a reader's file makes of them."""

from __future__ import annotations

from pathlib import Path

from benchmarks.stories_days import DOUBTFUL_FILE, STORIES_FILE, pairs_of, read_labels, real_days
from benchmarks.stories_label import read_judgement


def test_labels_hold_addresses_only() -> None:
    for file, fields in ((STORIES_FILE, ("number", "address")), (DOUBTFUL_FILE, ("address", "address"))):
        lines = [line.split("\t") for line in file.read_text("utf-8").splitlines()]
        assert lines
        for line in lines:
            assert len(line) == len(fields)
            for value, field in zip(line, fields, strict=True):
                assert value.isdigit() if field == "number" else value.startswith("https://")


def test_doubtful_pairs_are_of_labelled_articles_and_in_no_story() -> None:
    labels = read_labels()
    assert all(len(pair) == 2 and pair <= labels.stories.keys() for pair in labels.doubtful)
    assert not labels.doubtful & pairs_of(labels.stories)


def test_every_article_of_the_days_is_labelled(data: Path) -> None:
    assert {article.url for article in real_days(data)} == read_labels().stories.keys()


def test_judgement_is_read() -> None:
    lines = ["# of Monday", "3 1 # the storm", "", "? 4 5 6", "? 7 / 1 3 # a follow-up"]
    stories, doubtful = read_judgement(lines)
    assert stories == [{1, 3}]
    assert doubtful == {frozenset(pair) for pair in ((4, 5), (4, 6), (5, 6), (7, 1), (7, 3))}
