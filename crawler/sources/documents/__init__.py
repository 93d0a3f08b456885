"""Feed documents: bytes in, `ParsedFeed` out. Pure."""

from crawler.sources.documents.kinds import parse_feed
from crawler.text.html_text import html_to_text

__all__ = ["html_to_text", "parse_feed"]
