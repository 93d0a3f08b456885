"""The findings of many files as one answer: each article once, grouped into stories, in an order that no worker decides. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from alerts.stories.grouper import StoryGrouper
from alerts.stories.traces import read_traces
from service.archives.scanning import FileScan, moment_of

_LAST = "9999"


def merge(scans: Iterable[FileScan]) -> list[dict[str, Any]]:
    """Return the findings, oldest first, each with the number of its `story`.

    Of what stands in several files, or twice in one, with the same text, the one that was fetched first is kept; another text at
    one address is a version, and kept too.
    """
    first: dict[tuple[str, str, str], dict[str, Any]] = {}
    for scan in scans:
        for line in scan.findings:
            finding = json.loads(line)
            key = (finding["key"], finding["title"], finding["text"])
            known = first.get(key)
            if known is None or _order(finding) < _order(known):
                first[key] = finding
    findings = sorted(first.values(), key=_order)
    _group(findings)
    return findings


def _group(findings: list[dict[str, Any]]) -> None:
    """Give each finding its story: per language, in the order of their times."""
    groupers: dict[str, StoryGrouper] = {}
    stories: dict[tuple[str, int], int] = {}
    placed: list[tuple[str, int]] = []
    for finding in findings:
        language = finding["language"] or ""
        grouper = groupers.setdefault(language, StoryGrouper())
        moment = moment_of(finding)
        decision, _kept = grouper.decide(
            read_traces(finding["title"], finding["text"]), at=moment, seen_at=moment, host=finding["outlet"]
        )
        if decision.merged is not None:
            placed = [
                (one, decision.story if one == language and story == decision.merged else story)
                for one, story in placed
            ]
        placed.append((language, decision.story))
    for finding, place in zip(findings, placed, strict=True):
        finding["story"] = stories.setdefault(place, len(stories) + 1)


def _order(finding: dict[str, Any]) -> tuple[str, str, str, str]:
    moment = moment_of(finding)
    fetched = finding["fetched_at"] or _LAST
    return (moment.isoformat() if moment else _LAST, fetched, finding["url"], finding["text"])
