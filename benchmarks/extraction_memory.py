"""What one worker holds after many pages: a fresh process with nothing loaded but the extraction, as the service has them."""

from __future__ import annotations

import multiprocessing
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.real_data import news_pages
from crawler.extract import extract_page, warm_up


def worker_memory(pages: int, data: Path) -> float:
    """Return the most MB that a worker ever held while it read `pages` news pages, each lap under addresses of its own."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_work, args=(theirs, pages, data))
    process.start()
    theirs.close()
    held: float = ours.recv()
    process.join()
    return held


def _peak_mb() -> float:
    """Return the most that this process held (proc(5), VmHWM): `ru_maxrss` would be what its parent held when it was forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _work(pipe: Connection, pages: int, data: Path) -> None:
    warm_up()
    done = 0
    for lap in count():
        for content, url in news_pages(data):
            if done == pages:
                pipe.send(_peak_mb())
                return
            extract_page(content, url=f"{url}?lap={lap}")
            done += 1
