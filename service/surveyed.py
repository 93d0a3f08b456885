"""A survey as programs read it: the API's answer, and what `tocsin outlets survey --json` prints."""

from __future__ import annotations

from typing import Any

from crawler.sources.discovery import FoundFeed
from service.actions.surveys import Option, ShownSurvey, SurveyRow, option_address
from service.clock import iso
from service.discovered import next_words, tried_words


def survey_as_json(survey: ShownSurvey) -> dict[str, Any]:
    """Return a survey as JSON has it."""
    return {
        "id": survey.id,
        "caller": survey.caller,
        "created_at": iso(survey.created_at),
        "total": len(survey.rows),
        "looked_at": survey.looked_at,
        "is_done": survey.is_done,
        "rows": [_row(row) for row in survey.rows],
    }


def _row(row: SurveyRow) -> dict[str, Any]:
    found = row.found
    return {
        "row": row.place,
        "address": row.given.address,
        "state": row.state,
        "name": row.name,
        "language": row.language,
        "country": row.given.country,
        "tags": row.given.tags,
        "outlet": row.outlet or None,
        "options": [_option(option) for option in row.options],
        "tried": tried_words(found) if found is not None else [],
        "next": found.next_step.value if found is not None else None,
        "advice": next_words(found) if found is not None else "",
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        "url": option_address(option),
        "kind": "feed" if isinstance(option, FoundFeed) else option.kind,
        "format": option.kind,
        "keys": {} if isinstance(option, FoundFeed) else dict(option.keys),
        "title": option.title,
        "language": option.language,
        "entries": option.entries,
        "newest": iso(option.newest),
    }
