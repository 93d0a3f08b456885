"""What the settings file has begun."""

from __future__ import annotations

from typing import Literal

from sqlmodel import AutoString, Field, SQLModel

BegunKind = Literal["outlet", "watch list"]


class Begun(SQLModel, table=True):
    """An editable outlet or watch list of the settings file, by the name that it has there, whatever it is called by now."""

    __tablename__ = "begun"

    kind: BegunKind = Field(primary_key=True, sa_type=AutoString)
    name: str = Field(primary_key=True)
