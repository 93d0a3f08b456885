"""Cookies: kept for the length of one request and its redirects, or for an outlet that brings its own."""

from __future__ import annotations

from http.cookiejar import LoadError, MozillaCookieJar
from pathlib import Path

import structlog
from scrapy.http.cookies import CookieJar

log = structlog.get_logger(__name__)


def read_cookies(path: Path) -> CookieJar:
    """Return the cookies of a file in Netscape's format, as curl writes it. Raises `OSError` and `ValueError`."""
    stored = MozillaCookieJar(path)
    try:
        stored.load(ignore_discard=True)
    except LoadError as error:
        raise ValueError("not a cookies file: its first line must be # Netscape HTTP Cookie File") from error
    jar = CookieJar()
    for cookie in stored:
        jar.set_cookie(cookie)
    return jar


class CookieFile:
    """An outlet's cookies: its file's, read again when that changes, and what its hosts have set since."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = 0
        self._jar = CookieJar()

    def jar(self) -> CookieJar:
        """Return the cookies. A file that can't be read now leaves what was read before."""
        try:
            changed_at = self._path.stat().st_mtime_ns
            if changed_at != self._read_at:
                self._jar, self._read_at = read_cookies(self._path), changed_at
        except (OSError, ValueError) as error:
            log.warning("cookies file not read", file=str(self._path), error=str(error))
        return self._jar
