"""What the class names and the identity of an element tell of it: a menu, a sidebar. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

_MENU_NAMES = re.compile(
    r"(?:^|[-_ ])(?:nav|navbar|navigation|menu|submenu|mega-?menu|footer|foot|breadcrumbs?|pagination|pager|paging|tags?|"
    r"tagcloud|share|sharing|social|follow|promo\w*|sponsor\w*|partner\w*|advert\w*|ads?|banner|newsletter|subscri\w+|cookie\w*|"
    r"consent|gdpr|skip-?links?|comments?|modal|popup|overlay|weather|quotes|ticker|language|lang-switch\w*|login|signin|"
    r"jobs?|vacanc(?:y|ies)|events?|outbrain|taboola|toc|table-of-contents|author-(?:box|bio)|glossary)(?:$|[-_ ])",
    re.IGNORECASE,
)
_ASIDE_NAMES = re.compile(
    r"(?:^|[-_ ])(?:sidebar|side-bar|aside|rail|popular|trending|most-?(?:read|viewed|popular|shared|commented)|recommended|"
    r"recommendations|related|more-(?:from|on|in)|(?<!elementor-)widget)(?:$|[-_ ])",
    re.IGNORECASE,
)
GIVEN = re.compile(
    r"(?:tag|category|cat|term|type|format|status|post|page|author|section|topic|style)-[\w-]+"
)
"""Classes that content systems give an item by what it is about, or by its looks: "tag-newsletter" is a tag."""
_NAV = re.compile(r"nav(?:-(?:tabs|stacked|pills|list|flush))?")
"""Classes of a style sheet's lists, which are no menu in the main part of a page."""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=4_096)
def is_called_menu(classes: str, identity: str, *, in_main: bool) -> bool:
    """Return whether an element is called a menu, a foot, promotion or the like; `in_main`: it stands in the page's main part."""
    return _is_called(_MENU_NAMES, classes, identity, but=_NAV if in_main else None)


@lru_cache(maxsize=4_096)
def is_called_aside(classes: str, identity: str) -> bool:
    """Return whether an element is called a sidebar, or a list of what is most read or related."""
    return _is_called(_ASIDE_NAMES, classes, identity)


def _is_called(
    names: re.Pattern[str], classes: str, identity: str, *, but: re.Pattern[str] | None = None
) -> bool:
    given = [name.partition("--")[0] for name in classes.split() if not GIVEN.fullmatch(name)]
    given = [name for name in given if but is None or not but.fullmatch(name)]
    own = " ".join(filter(None, (*given, identity)))
    return bool(own) and names.search(_CAMEL.sub("-", own).replace("__", "-")) is not None
