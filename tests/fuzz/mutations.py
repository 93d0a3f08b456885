"""Inputs that are nearly right: a seed, cut, doubled, reversed and mixed with words that parsers trip over."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.fuzz.targets import Target

MOST_EDITS = 12
LONGEST = 20_000


@st.composite
def nearly(draw: st.DrawFn, target: Target) -> bytes:
    """Return an input for `target`."""
    data = draw(st.sampled_from(target.seeds))
    for _edit in range(draw(st.integers(0, MOST_EDITS))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 60)))
        piece = draw(
            st.one_of(st.sampled_from(target.words), st.binary(max_size=8), st.just(data[start:end]))
        )
        times = draw(st.sampled_from([1, 1, 1, 2, 50]))
        keeps = draw(st.booleans())
        data = data[:start] + piece * times + data[start if keeps else end :]
    return data[:LONGEST]
