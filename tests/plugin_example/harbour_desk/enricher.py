"""An enricher: how much of an article is quoted speech."""

import re
from collections.abc import Mapping

from pydantic import JsonValue

from alerts.enrich.base import Enricher, MentioningArticle


class Quotes(Enricher):
    doc = "How many quotations there are."

    def facts(self, article: MentioningArticle) -> Mapping[str, JsonValue]:
        return {"quotations": len(re.findall(r"“[^”]+”|«[^»]+»", article.text))}
