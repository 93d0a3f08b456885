"""What Wikidata calls somebody: labels and aliases, over its public API (wbsearchentities, wbgetentities)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from storage.addresses import Network, guarded_socket
from storage.language import _

MOST_ENTITIES = 3
"""The entities found first; people choose who is meant."""
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_MOST_BYTES = 2_000_000


class WikidataError(Exception):
    """Wikidata could not be asked, or gave no answer that can be read."""


@dataclass(frozen=True, slots=True)
class WikidataName:
    """A label or an alias, in a language, of an entity."""

    text: str
    language: str
    entity: str
    description: str


async def wikidata_names(
    address: str,
    name: str,
    languages: Sequence[str],
    *,
    user_agent: str,
    allow_networks: Sequence[Network] = (),
) -> list[WikidataName]:
    """Return what the entities found for a name are called in these languages. Raises `WikidataError`."""
    connector = aiohttp.TCPConnector(socket_factory=guarded_socket(allow_networks))
    async with aiohttp.ClientSession(
        connector=connector, timeout=_TIMEOUT, headers={"User-Agent": user_agent}
    ) as session:
        found = await _asked(
            session,
            address,
            action="wbsearchentities",
            search=name,
            language=languages[0],
            uselang=languages[0],
            type="item",
            limit=str(MOST_ENTITIES),
        )
        entities = [
            str(item["id"]) for item in found.get("search", ()) if isinstance(item, dict) and "id" in item
        ]
        if not entities:
            return []
        answer = await _asked(
            session,
            address,
            action="wbgetentities",
            ids="|".join(entities),
            props="labels|aliases|descriptions",
            languages="|".join(languages),
        )
    return [
        name for entity in entities for name in _names(entity, answer.get("entities", {}).get(entity, {}))
    ]


async def _asked(session: aiohttp.ClientSession, address: str, **wanted: str) -> dict[str, Any]:
    try:
        async with session.get(address, params={**wanted, "format": "json"}) as response:
            response.raise_for_status()
            answer = json.loads(await response.content.read(_MOST_BYTES))
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise WikidataError(
            _(
                "Wikidata could not be asked at {address}: {type}",
                address=address,
                type=error or type(error).__name__,
            )
        ) from error
    if not isinstance(answer, dict) or "error" in answer:
        raise WikidataError(
            _("Wikidata could not be asked at {address}: it answered with an error", address=address)
        )
    return answer


def _names(entity: str, facts: Mapping[str, Any]) -> list[WikidataName]:
    described = next((str(item.get("value", "")) for item in facts.get("descriptions", {}).values()), "")
    labels = [(language, [item]) for language, item in facts.get("labels", {}).items()]
    aliases = list(facts.get("aliases", {}).items())
    return [
        WikidataName(str(item["value"]), language, entity, described)
        for language, items in (*labels, *aliases)
        for item in items
        if "value" in item
    ]
