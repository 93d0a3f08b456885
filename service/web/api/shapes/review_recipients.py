"""A review's own recipients, as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from service.web.api.shapes.common import ApiInput, Line, example
from storage.language import Spoken

Form = Literal["html", "text", "pdf", "docx", "link"]
_FORM = "`html` or `text`: the edition in the mail; `pdf`, `docx`: with the file; `link`: where to read it."


class ReviewRecipientsIn(ApiInput):
    """Further recipients, alike in language and format."""

    model_config = example(addresses=["Desk <desk@ministry.example>"], language="ar", form="pdf")
    addresses: Annotated[list[Line], Field(min_length=1, max_length=1000)]
    language: Spoken | None = Field(default=None, description="Of the mail's words; null: the review's.")
    form: Form = Field(default="html", description=_FORM)


class ReviewRecipientChange(ApiInput):
    """What is to change of a recipient; what is left out stays as it is."""

    model_config = example(form="text")
    address: Line | None = None
    name: Annotated[str, Field(max_length=200)] | None = None
    language: Spoken | Literal[""] | None = Field(default=None, description="Empty: the review's.")
    form: Form | None = Field(default=None, description=_FORM)


class ReviewRecipientOut(BaseModel):
    """A recipient of a review, who needs no account."""

    model_config = example(
        id=3,
        review_id=1,
        address="desk@ministry.example",
        name="Desk",
        language="ar",
        form="pdf",
        added_at="2026-03-01T09:00:00Z",
        left_at=None,
        taken_at="2026-03-02T07:30:04Z",
        refusals=0,
        refused_at=None,
        refused_code=None,
        refused_words="",
        bounces=0,
        bounced_at=None,
        bounced_status="",
        bounced_words="",
        paused_at=None,
        is_sent=True,
    )
    id: int
    review_id: int
    address: str
    name: str
    language: str | None
    form: Form
    added_at: datetime
    left_at: datetime | None = Field(description="When they opted out, by the link in a mail.")
    taken_at: datetime | None = Field(description="When the mail server last took a mail to them.")
    refusals: int = Field(
        description="How often it has refused their mail for good since it last took one. After three none is sent."
    )
    refused_at: datetime | None
    refused_code: int | None
    refused_words: str
    bounces: int = Field(description="How many mails in a row came back for good.")
    bounced_at: datetime | None
    bounced_status: str = Field(description="A code of RFC 3463, as 5.1.1.")
    bounced_words: str
    paused_at: datetime | None = Field(
        description="Since when nothing is sent, because too many came back ([delivery] bounces)."
    )
    is_sent: bool = Field(description="Whether they get the next edition.")
