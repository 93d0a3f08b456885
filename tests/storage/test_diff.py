"""Paragraph diffs."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.diff import Change, diff_paragraphs

A = "The talks on fisheries will resume in Rabat next week."
B = "Both delegations are expected to settle the number of licences."
C = "The previous agreement ran out in the summer."


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        pytest.param([A, B], [A, B], [], id="equal"),
        pytest.param([A, B], [f"{A} ", "", B], [], id="spaces"),
        pytest.param([A], [A, B], [Change("added", "", B, 2)], id="added"),
        pytest.param([A, B, C], [A, C], [Change("removed", B, "", 2)], id="removed"),
        pytest.param(
            [A, B],
            [A.replace("next week", "in May"), B],
            [Change("changed", A, A.replace("next week", "in May"), 1)],
            id="changed",
        ),
        pytest.param([A], [C], [Change("added", "", C, 1), Change("removed", A, "", 1)], id="another"),
        pytest.param(
            ["会谈将于下周在拉巴特恢复。"],
            ["会谈将于五月在拉巴特恢复。"],
            [Change("changed", "会谈将于下周在拉巴特恢复。", "会谈将于五月在拉巴特恢复。", 1)],
            id="no spaces",
        ),
    ],
)
def test_changes(before: list[str], after: list[str], changes: list[Change]) -> None:
    assert list(diff_paragraphs("\n".join(before), "\n".join(after))) == changes


paragraphs = st.lists(
    st.sampled_from([A, B, C, A.upper(), "Short.", "Other words entirely stand here."]), max_size=8
)


@given(paragraphs, paragraphs)
def test_the_newer_text_follows_from_the_changes(before: list[str], after: list[str]) -> None:
    changes = diff_paragraphs("\n".join(before), "\n".join(after))
    gone = Counter(change.before for change in changes if change.kind != "added")
    come = Counter(change.after for change in changes if change.kind != "removed")
    assert Counter(before) - gone == Counter(after) - come
    assert all(after[change.place - 1] == change.after for change in changes if change.kind != "removed")
