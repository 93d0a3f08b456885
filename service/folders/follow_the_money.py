"""A folder's articles and who they mention as FollowTheMoney (https://followthemoney.tech): `Article` and `Mention`. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha1, sha256

from langcodes import Language
from langcodes.tag_parser import LanguageTagError

from storage.stores.folders.folders import FiledArticle, FiledPage

Entity = dict[str, object]


def entity_lines(articles: Iterable[FiledArticle], pages: Iterable[FiledPage]) -> bytes:
    """Return the entities as JSON Lines, as `ftm` reads them."""
    found = [entity for article in articles for entity in _of_article(article)]
    found += [_of_page(page) for page in pages]
    return "".join(json.dumps(entity, ensure_ascii=False) + "\n" for entity in found).encode()


def _of_article(article: FiledArticle) -> Iterator[Entity]:
    number = _id("article", article.url)
    topics = dict.fromkeys(mention.name for mention in article.mentions if mention.kind == "topic")
    yield _entity(
        number,
        "Article",
        title=[article.title],
        summary=[article.lead],
        author=article.authors,
        publisher=[article.outlet],
        country=[article.country.lower() if article.country else ""],
        sourceUrl=[article.url],
        publishedAt=[_time(article.published_at)],
        retrievedAt=[_time(article.read_at or article.found_at)],
        language=[_alpha3(article.language)],
        bodyText=[article.text],
        keywords=topics,
    )
    for name in dict.fromkeys(mention.name for mention in article.mentions if mention.kind == "actor"):
        country = [article.country.lower() if article.country else ""]
        yield _entity(
            _id("mention", f"{article.url}\n{name}"),
            "Mention",
            document=[number],
            name=[name],
            contextCountry=country,
        )


def _of_page(page: FiledPage) -> Entity:
    return _entity(
        _id("article", page.url),
        "Article",
        title=[page.title or page.url],
        publisher=[page.outlet],
        sourceUrl=[page.url],
        publishedAt=[_time(page.published_at)],
        retrievedAt=[_time(page.fetched_at)],
        language=[_alpha3(page.language)],
        bodyText=[page.text],
        contentHash=[sha1(page.body).hexdigest()],  # noqa: S324  (which FollowTheMoney's checksums are)
    )


def _entity(number: str, schema: str, **properties: Iterable[str]) -> Entity:
    given = {name: [value for value in values if value] for name, values in properties.items()}
    return {
        "id": number,
        "schema": schema,
        "properties": {name: values for name, values in given.items() if values},
    }


def _id(kind: str, key: str) -> str:
    return f"tocsin-{kind}-{sha256(key.encode()).hexdigest()[:32]}"


def _time(value: datetime | None) -> str:
    return "" if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _alpha3(language: str | None) -> str:
    try:
        return Language.get(language).to_alpha3() if language else ""
    except (LanguageTagError, LookupError):
        return ""
