"""Which browser and system a `User-Agent` names (RFC 9110 §10.1.5): enough to know one's own again. Pure."""

from __future__ import annotations

BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
"""By the product's name, the first that is there: most name older ones too."""
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Macintosh": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def browser_words(agent: str) -> str:
    """Return "Firefox, Linux"; the beginning of the text where it names neither."""
    found = [
        next((words for mark, words in known.items() if mark in agent), "") for known in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(filter(None, found)) or agent[:40]
