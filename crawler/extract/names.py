"""What the names of classes and ids tell: which parts of a page stand beside the article."""

from __future__ import annotations

import re
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BESIDE = re.compile(
    r"""(?:^|[\s_-])(?:
    # offers to share
    shar(?:e|es|ing)|socials?|sociable|addthis|sharedaddy|addtoany|whatsapp
    # other articles
    |related|recommend(?:ed|ations?)?|recirc\w*|relacionad[ao]s?|read-?(?:more|next|also|on)|also-?(?:read|like)|you-?may|outbrain|taboola
    |more-?(?:stories|news|from|on|in|articles|like)|trending|most-?(?:read|popular|viewed|shared)|popular|mostpopular|teasers?
    |next-?(?:up|post|article)|prev(?:ious)?-?(?:post|article)|breaking\w*|ticker|editors?-?picks?|jp-relatedposts|outlinks?
    # offers to buy and to subscribe
    |newsletters?|subscri(?:be|ption)\w*|sign-?up|promos?|promotion|sponsor(?:ed)?|advert\w*|ads?|adv|banner|dfp|mpu|commercial
    |donat\w+|paywall|login
    # readers' words
    |comments?|commentlist|disqus|respond|reply|rating|votes?|poll|feedback
    # the page's own
    |side-?bar|rail|widgets?|menu|navbar|nav|navigation|bread-?crumbs?|pagination|pager|foot(?:er)?|rodap[eé]|fu(?:ss|ß)zeile|pie-?de-?p[aá]gina|pied-?de-?page|masthead|toolbar|topbar|aside
    |header-?nav|cookies?|consent|gdpr|onetrust|didomi\w*|sp_message_container|qc-cmp\d?|cmpbox\d?|usercentrics|truste|iubenda|cybot\w*|fc-consent\w*|klaro
    |tarteaucitron\w*|axeptio|cmplz|cky|osano|termly|modal|popup|overlay|skip\w*|toc|hatnote|mw-editsection|reflist|infobox|disclaimer|player|embed\w*
    # facts that are read elsewhere
    |tags?|tag-?list|post-?tags|taglist|topics?|keywords|categories|cat-?links|(?:entry|post|article)-?(?:meta|footer|info|tags|utility)
    |by-?lines?|author\w*|contributor\w*|bio|dateline|timestamp|pub-?date|published|datetime
    # pictures
    |captions?|wp-caption(?:-text)?|credits?|copyright|gallery|slideshow|carousel|slider|image|photo|picture
    # unseen
    |screen-?reader(?:-text)?|sr-?only|visually-?hidden|hidden|d-none(?!.*\bd-(?:sm|md|lg|xl)-)|print(?:-?only)?|no-?print
    )(?:$|[\s_-])""",
    re.IGNORECASE | re.VERBOSE,
)
_TEXT_WIDGET = re.compile(
    r"\b(?:[a-z]+-)?widgets?(?=[\s_-]+(?:[\w-]*[\s_-])?(?:text|theme-post-content|rich|html|paragraph|content|body)(?:$|[\s_-]))"
    r"|(?<=text-)widgets?|\belementor-widget(?:-(?:wrap|container))?\b",
    re.IGNORECASE,
)
"""Widgets that page builders make of an article's own paragraphs."""
_COVER = re.compile(
    r"(?:^|[\s_-])(?:paywall|premium|subscri(?:be|ption)\w*|read-?more|hidden|overlay|print|widgets?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"(?:^|[\s_-])(?:(?:photo|image|img|media|picture|figure|caption|foto)-?)?"
    r"(?:credits?|copyright|photographer|attribution|fotograf\w*|photographe|credito|crédito|"
    r"bildquelle|rights|rightsholder|agency)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_SOURCE_OF_PICTURE = re.compile(
    r"(?:^|[\s_-])(?:photo|image|img|media|picture|figure|caption|foto)-?_?_?"
    r"(?:source|by|author|autor|owner|provider|quelle|fuente|fonte)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CREDIT_OF_FIGURE = re.compile(
    r"(?:^|[\s_-])(?:source|author|auteur|autor|by|owner|provider|agency|rights|fonte|fuente|quelle|kilde|"
    r"bron)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:^|[\s_-])(?:wp-)?(?:(?:image|photo|figure|media|img|picture)-?)?(?:caption|legend|"
    r"legende|bildunterschrift|pie-?de-?foto)"
    r"(?:-?text)?(?:$|[\s_-])",
    re.IGNORECASE,
)


_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:by-?lines?(?:-?(?:names?|authors?|items?|links?))?|authors?(?:-?(?:names?|links?|by-?line|"
    r"info))?|posted-?by|written-?by|"
    r"auteurs?(?:-?nom)?|autor(?:es|en|ka|i|zy|name|ia)?|autore|autori|forfattere?|skribent|kirjoittaja|"
    r"toimittaja|redact(?:or|eur)a?|"
    r"redaktor|redaktør|szerzo|yazar|muhabir|penulis|reporter|wartawan|kisha|kiji-?sha|writer|signature|firma|"
    r"firmas|schrijver|"
    r"contributors?(?:-?names?)?|journalist(?:e|en|as?)?|vcard|fn|periodista|giornalista|dziennikarz)(?:$|[\s_-])",
    re.IGNORECASE,
)
_NO_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:bio(?:graphy)?|avatar|images?|img|photos?|pictures?|comments?|related|social|share|footer|"
    r"follow|desc(?:ription)?|"
    r"box|roles?|title|job|position|email|twitter|articles|more|count|date|time|icon|credits?|captions?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:^|[\s_-])(?:date(?:line|time|-?(?:published|pub|posted|created))?|pub(?:lish(?:ed)?|lication)?-?(?:date|"
    r"time|on|at|info)?|"
    r"posted(?:-?(?:on|at))?|time(?:-?(?:stamp|published|date))?|(?:entry|post|article|news|story|created?|"
    r"creation)-?(?:date|time)|"
    r"fecha(?:-?publicacion)?|data(?:-?pubblicazione)?|datum|dato|datetime|tarih|tanggal|waktu|publi(?:cado|"
    r"cacao|shed-at)|publicerad|"
    r"julkaistu|meta-?date|pubdate|ptime|news-?time|udate)(?:$|[\s_-])",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"(?:^|[\s_-])(?:related|recommend\w*|teasers?|promos?|side-?bar|most-?(?:read|popular)|newsletters?|"
    r"comments?|comment-?list|"
    r"trending|outbrain|taboola|(?:site|page)-?footer|menu|nav|breadcrumbs?|(?<!author-)list-?item|advert\w*|latest|ticker|"
    r"read-?(?:also|more)|more-?(?:news|stories)|"
    r"recirc\w*|carousel|slider|widgets?)(?:$|[\s_-])",
    re.IGNORECASE,
)


@lru_cache(20_000)
def stands_beside(name: str) -> bool:
    """Return whether a class or id names something that is not the article's text."""
    return _BESIDE.search(_TEXT_WIDGET.sub(" ", _CAMEL.sub("-", name))) is not None


@lru_cache(20_000)
def may_cover_text(name: str) -> bool:
    """Return whether a name that stands beside the article is at times borne by its second half ("read-more", "paywall")."""
    return _COVER.search(_CAMEL.sub("-", name)) is not None


@lru_cache(20_000)
def is_credit(name: str) -> bool:
    """Return whether a class names the maker or owner of a picture."""
    name = _CAMEL.sub("-", name)
    return _CREDIT.search(name) is not None or _SOURCE_OF_PICTURE.search(name) is not None


@lru_cache(20_000)
def is_credit_in_figure(name: str) -> bool:
    """Tells the same of a class inside a figure, where a "source" or an "author" can be no one else's."""
    return is_credit(name) or _CREDIT_OF_FIGURE.search(_CAMEL.sub("-", name)) is not None


@lru_cache(20_000)
def is_caption(name: str) -> bool:
    """Return whether a class names the text under a picture."""
    return _CAPTION.search(_CAMEL.sub("-", name)) is not None


@lru_cache(20_000)
def is_byline(name: str) -> bool:
    """Return whether a class names the author's name, and not a picture of or a note on the author."""
    name = _CAMEL.sub("-", name)
    return _BYLINE.search(name) is not None and _NO_BYLINE.search(name) is None


@lru_cache(20_000)
def is_date(name: str) -> bool:
    """Return whether a class names the time of publication."""
    return _DATE.search(_CAMEL.sub("-", name)) is not None


@lru_cache(20_000)
def is_of_others(name: str) -> bool:
    """Return whether a class names a place where other articles, or readers' words, stand."""
    return _OF_OTHERS.search(_CAMEL.sub("-", name)) is not None
