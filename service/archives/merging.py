"""The findings of many files as one answer: each article once, grouped into stories, in an order that no worker decides. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from alerts.stories.frames import OutletFrames
from alerts.stories.grouper import Merged, StoryGrouper
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
    frames = OutletFrames[str]()
    story_of: dict[int, int] = {}
    for number, finding in enumerate(findings, start=1):
        grouper = groupers.setdefault(finding["language"] or "", StoryGrouper())
        moment = moment_of(finding)
        told = finding["title"], finding["text"]
        traces = read_traces(*told, bare=frames.without(finding["outlet"], *told))
        decision, _kept = grouper.decide(
            traces, at=moment, seen_at=moment, host=finding["outlet"], number=number
        )
        story_of[number] = decision.story
        for change in decision.changes:
            if isinstance(change, Merged):
                gone = [one for one, story in story_of.items() if story == change.gone]
                story_of.update(dict.fromkeys(gone, change.kept))
            else:
                story_of.update(dict.fromkeys(change.numbers, change.new))
    shown: dict[int, int] = {}
    for number, finding in enumerate(findings, start=1):
        finding["story"] = shown.setdefault(story_of[number], len(shown) + 1)


def _order(finding: dict[str, Any]) -> tuple[str, str, str, str]:
    moment = moment_of(finding)
    fetched = finding["fetched_at"] or _LAST
    return (moment.isoformat() if moment else _LAST, fetched, finding["url"], finding["text"])
