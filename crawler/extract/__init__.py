"""Pages: bytes in, `ExtractedPage` out. Pure. One file a source of facts, one merge."""

from crawler.extract.host_rules import HostRules, HostRulesBook, HostRulesError, load_rules
from crawler.extract.language import detect_language
from crawler.extract.odd import MOST_PAGES
from crawler.extract.page import extract_page, warm_up

__all__ = [
    "MOST_PAGES",
    "HostRules",
    "HostRulesBook",
    "HostRulesError",
    "detect_language",
    "extract_page",
    "load_rules",
    "warm_up",
]
