"""Articles that are brought, as the API takes them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from service.web.api.shapes.common import ApiInput, Line, example, storable

Passage = Annotated[str, Field(max_length=1_000_000), AfterValidator(storable)]


class PushedArticleIn(ApiInput):
    """One article. Without `text` or `html` its page is read."""

    url: Annotated[str, Field(max_length=2_000, pattern=r"^(https?://[^\s]+)?$")] = Field(
        "", description="Its page."
    )
    id: Line | None = Field(None, description="What the collector knows it by, where it has no page.")
    title: Line
    text: Passage | None = Field(None, description="Plain text, paragraphs parted by newlines.")
    html: Passage | None = None
    summary: Passage | None = None
    author: Line | None = None
    published: Line | None = Field(
        None, description="When it came out, in any form that feeds use; best ISO 8601."
    )


class PushIn(ApiInput):
    """Articles of one source."""

    model_config = example(
        source="our-collector",
        articles=[
            {
                "url": "https://fisheries.example/press/harbour-works",
                "title": "Harbour works resume",
                "text": "The works resume on Monday, the ministry said.",
                "published": "2026-03-02T12:00:00Z",
            }
        ],
    )
    source: Line = Field(
        description='The `name` of the outlet\'s source: `{ kind = "push", name = "our-collector" }`.'
    )
    articles: Annotated[list[PushedArticleIn], Field(min_length=1, max_length=500)]


class PushedOut(BaseModel):
    """How many articles are new, and how many were known."""

    model_config = example(new=1, known=0)
    new: int
    known: int
