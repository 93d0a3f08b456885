"""Pages: bytes in, `ExtractedPage` out. Pure. One file a source of facts, one merge.

What is named here is imported when it is asked for: extraction takes a second and thirty megabytes, which only workers need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.extract.host_rules import HostRules, HostRulesBook, HostRulesError, load_rules
    from crawler.extract.language import detect_language
    from crawler.extract.odd import MOST_PAGES
    from crawler.extract.page import extract_page, warm_up

_MODULES = {
    "HostRules": "host_rules",
    "HostRulesBook": "host_rules",
    "HostRulesError": "host_rules",
    "MOST_PAGES": "odd",
    "detect_language": "language",
    "extract_page": "page",
    "load_rules": "host_rules",
    "warm_up": "page",
}

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


def __getattr__(name: str) -> object:
    """Return what the package offers by this name (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
