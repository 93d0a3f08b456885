"""Cookies: kept for the length of one request and its redirects, or for an outlet that has its own."""

from __future__ import annotations

from http.cookiejar import LoadError, MozillaCookieJar
from pathlib import Path
from tempfile import NamedTemporaryFile

import structlog
from scrapy.http.cookies import CookieJar

from storage.language import _

log = structlog.get_logger(__name__)


def read_cookies(path: Path) -> CookieJar:
    """Return the cookies of a file in Netscape's format, as curl writes it. Raises `OSError` and `ValueError`."""
    stored = MozillaCookieJar(path)
    try:
        stored.load(ignore_discard=True)
    except LoadError:  # whose words repeat the line, and with it a cookie
        raise ValueError(
            _("not a cookies file: its first line must be # Netscape HTTP Cookie File")
        ) from None
    jar = CookieJar()
    for cookie in stored:
        jar.set_cookie(cookie)
    return jar


def parse_cookies(text: str) -> CookieJar:
    """Return the cookies of a text in the same format. Raises `ValueError`."""
    with NamedTemporaryFile("w", encoding="utf-8") as file:  # mode 600; the library reads files alone
        file.write(text.replace("\r\n", "\n").strip() + "\n")
        file.flush()
        return read_cookies(Path(file.name))


class OutletCookies:
    """An outlet's cookies: those that it brings, from a file (read again when it changes) or as text, and what its hosts set."""

    def __init__(self, path: Path | None, text: str = "") -> None:
        self._path = path
        self._text = text
        self._read_at = 0
        self._jar = CookieJar()
        self.restart()

    def jar(self) -> CookieJar:
        """Return the cookies. A file that can't be read now leaves what was read before."""
        if self._path is None:
            return self._jar
        try:
            changed_at = self._path.stat().st_mtime_ns
            if changed_at != self._read_at:
                self._jar, self._read_at = read_cookies(self._path), changed_at
        except (OSError, ValueError) as error:
            log.warning("cookies file not read", file=str(self._path), error=str(error))
        return self._jar

    def restart(self) -> None:
        """Forget what hosts have set: the outlet logs in anew."""
        self._read_at = 0
        self._jar = parse_cookies(self._text) if self._text else CookieJar()


def cookie_pairs(field: bytes | None) -> dict[bytes, bytes]:
    """Return the cookies of a request's header field by their names."""
    parts = [part.strip().partition(b"=") for part in (field or b"").split(b";") if part.strip()]
    return {name: value for name, _sign, value in parts}
