"""The fetcher's contract once more, with Twisted's asyncio reactor: Scrapy calls its mode without one experimental."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough  # three other files once more
HERE = Path(__file__)


def test_contract_holds_with_twisteds_reactor_too() -> None:
    one_loop = [
        item for kind in ("test", "fixture") for item in ("-o", f"asyncio_default_{kind}_loop_scope=session")
    ]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            *one_loop,
            *(HERE.parent / f"test_{name}.py" for name in ("fetcher", "redirects", "bodies")),
        ],
        env={**os.environ, "TOCSIN_TEST_REACTOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
