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
