"""A folder made ready to be printed by the printing of press reviews: what it is about, its timeline, articles, pages."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from alerts.delivery.characters import direction, one_line, shown, web_address
from alerts.delivery.review_view import ReviewView, ShownItem, ShownPart
from service.actions.folders import FolderContents, Moment
from storage import language
from storage.language import _, speaker
from storage.stores.folders.folders import FiledArticle, FiledPage

LONGEST_TITLE = 300
LONGEST_TEXT = 20_000
"""Characters of an article that are printed; the whole is in the data."""


def printed_folder(contents: FolderContents, zone: ZoneInfo) -> ReviewView:
    """Return a folder in words, in the language that is spoken now."""
    listed = contents.shown.listed
    parts = [
        _part(_("Timeline"), [_moment(one, zone) for one in contents.shown.timeline], brief=True),
        _part(_("Articles"), [_article(one, zone) for one in contents.articles]),
        _part(_("Pages"), [_page(one, zone) for one in contents.pages]),
    ]
    period = _("opened {time}", time=language.moment(listed.created_at, zone))
    if listed.closed_at is not None:
        period += " · " + _("closed {time}", time=language.moment(listed.closed_at, zone))
    about = [*_paragraphs(listed.about), *_paragraphs(listed.closed_reason)]
    return ReviewView(
        title=one_line(listed.name, LONGEST_TITLE),
        review=_("Folder"),
        day="",
        period=period,
        changes_title="",
        changes=(),
        intro=tuple(about),
        intro_direction=direction(" ".join(about), None) if about else speaker().direction,
        language=speaker().code,
        direction=speaker().direction,
        contents=_("Contents"),
        figures_title="",
        figures_note="",
        editors_note=_("Note"),
        empty="",
        parts=tuple(part for part in parts if part.items),
        figures=(),
    )


def moment_words(moment: Moment) -> str:
    """Return what a moment of a timeline is."""
    words = {
        "came-out": _("published"),
        "raised": _("alert"),
        "story": _("story"),
        "note": _("note"),
        "opened": _("folder opened"),
        "closed": _("folder closed"),
    }
    return words[moment.kind]


def _part(title: str, items: list[ShownItem], *, brief: bool = False) -> ShownPart:
    return ShownPart("brief" if brief else "section", title, speaker().direction, tuple(items))


def _moment(moment: Moment, zone: ZoneInfo) -> ShownItem:
    said = moment.words if moment.kind != "note" else ""
    headline = one_line(said, LONGEST_TITLE) or moment_words(moment)
    facts = [moment_words(moment), one_line(moment.by, 100)]
    note = _paragraphs(moment.words) if moment.kind == "note" else ()
    return ShownItem(
        headline=headline,
        direction=direction(headline, moment.item.language if moment.item is not None else None),
        language=moment.item.language if moment.item is not None else speaker().code,
        outlet=language.clock(moment.at, zone, length="medium"),
        facts=_apart(facts),
        excerpt=(),
        note=note,
        note_direction=direction(" ".join(note), None),
        url=web_address(moment.item.url) if moment.item is not None else None,
    )


def _article(article: FiledArticle, zone: ZoneInfo) -> ShownItem:
    names = dict.fromkeys(mention.name for mention in article.mentions)
    return _item(
        article.title,
        article.language,
        article.outlet,
        [
            language.clock(article.published_at or article.found_at, zone, length="medium"),
            ", ".join(article.authors),
            ", ".join(names),
        ],
        article.text,
        article.url,
    )


def _page(page: FiledPage, zone: ZoneInfo) -> ShownItem:
    read = _("read {time}", time=language.moment(page.fetched_at, zone))
    return _item(page.title or page.url, page.language, page.outlet or page.url, [read], page.text, page.url)


def _item(title: str, spoken: str | None, outlet: str, facts: list[str], text: str, url: str) -> ShownItem:
    headline = one_line(title, LONGEST_TITLE) or _("(without a title)")
    return ShownItem(
        headline=headline,
        direction=direction(headline, spoken),
        language=spoken,
        outlet=one_line(outlet, 200),
        facts=_apart([one_line(fact, 300) for fact in facts]),
        excerpt=_paragraphs(text[:LONGEST_TEXT]),
        note=(),
        note_direction=speaker().direction,
        url=web_address(url),
    )


def _apart(facts: list[str]) -> str:
    return " · ".join(f"{language.ISOLATE}{fact}{language.POP}" for fact in facts if fact)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line for line in shown(text).split("\n") if line.strip())
