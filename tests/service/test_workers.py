"""What the pool's workers load: they import what the script `tocsin` imports, and that must be next to nothing."""

from __future__ import annotations

import subprocess
import sys


def test_importing_the_script_loads_no_part_of_the_service() -> None:
    script = "import sys; from service.cli import main; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "service" in loaded
    assert loaded.isdisjoint({"alerts", "crawler", "storage", "fastapi", "scrapy", "sqlmodel", "typer"})


def test_reading_by_a_source_of_ours_loads_no_database() -> None:
    script = (
        "import sys, tomllib, crawler.preload_pages; from crawler.sources.base import source_of;"
        "kinds = tomllib.load(open('pyproject.toml', 'rb'))['project']['entry-points']['tocsin.sources'];"
        "[source_of(kind) for kind in kinds];"
        "print(len(kinds), *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    kinds, *loaded = done.stdout.split()
    assert int(kinds) >= 7
    assert "pebble" in loaded  # what each worker begins with
    assert set(loaded).isdisjoint(
        {"alerts", "service", "fastapi", "scrapy", "sqlalchemy", "sqlmodel", "typer"}
    )
