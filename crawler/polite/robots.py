"""robots.txt (RFC 9309), read by Protego. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from protego import Protego

MOST_KEPT = 100
"""How many hosts' files are kept parsed: the pages of one host come in a row."""
LARGEST_KEPT = 20_000
"""Bytes."""


@dataclass(frozen=True, slots=True)
class RobotsPolicy:
    """What one host's robots.txt allows."""

    rules: Protego

    def allows(self, url: str, user_agent: str) -> bool:
        """Return whether the program named by `user_agent` may fetch `url`."""
        return bool(self.rules.can_fetch(url, product_token(user_agent)))

    def crawl_delay(self, user_agent: str) -> timedelta | None:
        """Return the pause between two requests that the host asks of the program; None where it asks for none."""
        seconds = self.rules.crawl_delay(product_token(user_agent))
        return None if seconds is None else timedelta(seconds=float(seconds))


def parse_robots(body: bytes | None, status: int) -> RobotsPolicy:
    """Return the policy. A robots.txt that is not there (a 4xx status) allows everything (RFC 9309 §2.3.1.3)."""
    body = body if body is not None and 200 <= status < 300 else b""
    return _parse_once(body) if len(body) <= LARGEST_KEPT else _parse(body)


def _parse(body: bytes) -> RobotsPolicy:
    return RobotsPolicy(Protego.parse(body.decode("utf-8", errors="replace")))


_parse_once = lru_cache(maxsize=MOST_KEPT)(_parse)


def product_token(user_agent: str) -> str:
    """Return the name by which robots.txt files know the program: what stands before the version."""
    return user_agent.partition("/")[0].strip() or user_agent
