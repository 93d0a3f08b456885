"""The query language (docs/watch-lists.md): text in, a tree of frozen values out. Pure."""

from alerts.query.ast import Reference, references
from alerts.query.format import format_query
from alerts.query.parser import ParsedQuery, parse

__all__ = ["ParsedQuery", "Reference", "format_query", "parse", "references"]
