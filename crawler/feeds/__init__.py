"""Feed documents: bytes in, `ParsedFeed` out. Pure."""

from crawler.feeds.kinds import parse_feed
from crawler.feeds.text import html_to_text

__all__ = ["html_to_text", "parse_feed"]
