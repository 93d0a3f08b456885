"""How many files the process may have open: feeds, pages, channels, the database and the page share them."""

from __future__ import annotations

import resource

WANTED = 65_536
FEWEST = 4_096
"""With fewer, hundreds of outlets, channels and readers can run short of them."""


def raise_file_limit() -> None:
    """Let the process open as many files as the system allows it, up to `WANTED`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(_number(hard), WANTED)
    if _number(soft) < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_files() -> int:
    """Return how many files the process may have open now."""
    return _number(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def file_limit_warning() -> str | None:
    """Return what is to be said where the system allows too few files; None where it allows enough."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _number(hard) >= FEWEST:
        return None
    return (
        f"the system allows only {hard} open files: raise them to {WANTED} (LimitNOFILE of the systemd unit, --ulimit nofile of "
        "a container, ulimit -n of a shell)"
    )


def _number(limit: int) -> int:
    return WANTED if limit == resource.RLIM_INFINITY else limit
