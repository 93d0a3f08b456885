"""What can go wrong in the crawler. Each message names the URL, what happened, and what can be done."""

from __future__ import annotations

from datetime import timedelta

from crawler.unfetched import unfetched_words
from storage.troubles import Trouble


class CrawlerError(Exception):
    """Base of the crawler's errors: expected failures of the outside world."""


class FetchError(CrawlerError):
    """No response was had: DNS, connection, TLS, timeout, refused address, body too large, or a host that is left alone.

    `kind` is one of `dns`, `connect`, `tls`, `timeout`, `address`, `too_large`, `encoding`, `redirects`, `url`, `robots`
    (robots.txt could not be fetched), `forbidden` (by robots.txt), `mailbox` (of newsletters), `wait` (the host rests or is busy;
    `retry_after` says for how long). `url` is the address that failed: the one asked for, or where a redirect led.

    Why is a trouble that `crawler.unfetched` has words for; or words, with a `kind`.
    """

    def __init__(
        self,
        why: Trouble | str,
        *,
        kind: str = "",
        url: str = "",
        retry_after: timedelta | None = None,
    ) -> None:
        self.trouble = why if isinstance(why, Trouble) else Trouble(kind, {"url": url, "detail": why})
        super().__init__(
            unfetched_words(self.trouble) or str(self.trouble.facts.get("detail", self.trouble.kind))
        )
        self.kind = self.trouble.kind
        self.url = url
        self.retry_after = retry_after


class FeedError(CrawlerError):
    """The document is no feed, or so broken that no entry can be read.

    `alternates` are feeds that a page names instead, `listed` how many articles one that names none lists.
    """

    def __init__(self, message: str, *, alternates: tuple[str, ...] = (), listed: int = 0) -> None:
        super().__init__(message)
        self.alternates = alternates
        self.listed = listed

    def __reduce__(self) -> tuple[object, ...]:
        """Keep what the page offers on the way from a worker process."""
        return (_feed_error, (str(self), self.alternates, self.listed))


class ArchiveError(CrawlerError):
    """A web archive that is none, or is damaged."""


class ExtractionError(CrawlerError):
    """A page could not be read at all (not HTML, or the extractor gave up)."""


def _feed_error(message: str, alternates: tuple[str, ...], listed: int) -> FeedError:
    return FeedError(message, alternates=alternates, listed=listed)
