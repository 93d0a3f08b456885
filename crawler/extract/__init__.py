"""Pages: bytes in, `ExtractedPage` out. Pure. One file a source of facts, one merge."""

from crawler.extract.language import detect_language
from crawler.extract.page import extract_page, warm_up

__all__ = ["detect_language", "extract_page", "warm_up"]
