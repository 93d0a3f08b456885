"""Why something could not be fetched, read or delivered: kind and facts, stored as JSON. Words are made where it is shown.

No database is needed to speak of one: the workbench's stages import this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Fact = str | int | float


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong. `service.troubles` has the words for each kind.

    Kinds, with their facts:

    - a request: `http` (url, status); `dns`, `connect`, `tls`, `timeout`, `address`, `too_large`, `encoding`, `redirects`, `url`,
      `robots`, `forbidden`, `mailbox`, `wait` (url, reason: `crawler.unfetched`); `unasked-304` (url); `host-rests` (detail)
    - a document: `not-a-feed`, `not-read` (url, detail); `error-entry` (url, title); `page-kind` (url, problem); `no-text` (url);
      read in part: `cut-off`, `healed-xml`, `broken-xml` (fault), `list-relearned` (links, like, and both before),
      `list-long` (links), `over-budget` (waiting)
    - a user's spider: `spider-not-loaded` (spider, detail); `spider-raised` (spider, detail, where, times, items);
      `spider-stopped` (spider, items; reason: `time` or `stuck` (seconds), `requests` or `items` (most), `size` (megabytes));
      `spider-runs-on` (spider); `spider-items` (spider, items, left_out, detail);
      `spider-monitors` (spider, items, failed, detail)
    - newsletters, read in part: `message-not-read`, `message-cut`, `attachment-not-read` (subject, detail)
    - a hub: `hub-answered`, `hub-denied`, `hub-silent`, `push-empty`, `push-tries`, `push-not-read` (url)
    - an address of a survey: `survey-tries` (url, tries)
    - a delivery: those of `alerts.delivery.failures`
    - `note` (text): words of an earlier Tocsin, or of a plugin
    """

    kind: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __hash__(self) -> int:
        """Return a hash, since the facts are a mapping."""
        return hash((self.kind, tuple(sorted(self.facts.items()))))


def note(text: str) -> Trouble:
    """Return words as a trouble, where no facts are known."""
    return Trouble("note", {"text": text})
