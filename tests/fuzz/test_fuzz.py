"""The everyday form of the fuzzing: sixty inputs a target, and every case that was ever found (cases/, by target).

The long form is coverage-guided: see tests/fuzz/__main__.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.mutations import nearly
from tests.fuzz.targets import TARGETS

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.thorough
def test_nearly_right_input_keeps_the_laws(name: str) -> None:
    target = TARGETS[name]

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(nearly(target))
    def holds(data: bytes) -> None:
        target.run(data)

    holds()


@pytest.mark.parametrize(
    "case",
    [pytest.param(file, id=f"{file.parent.name}/{file.name}") for file in sorted(CASES.glob("*/*"))],
)
def test_what_was_found_stays_mended(case: Path) -> None:
    TARGETS[case.parent.name].run(case.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_good_input(name: str) -> None:
    for seed in TARGETS[name].seeds:
        TARGETS[name].run(seed)
