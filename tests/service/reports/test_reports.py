"""A month in numbers: what is counted, compared and left out, and the same in every format."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook
from pdfminer.high_level import extract_text
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfparser import PDFParser
from sqlmodel import Session, select

from alerts.raising.volume import start_of
from alerts.review.values import Rights, RightsTable
from crawler.pool import CpuPool
from service.actions.errors import InvalidError, UnknownNameError
from service.actions.reports import Compared, PeriodReport, read_report, report_asked
from service.locale import translator
from service.reports.making import print_report
from service.reports.values import ReportView
from service.reports.words import report_view
from storage.engine import Database
from storage.language import speaking
from storage.rows import id_of
from storage.stores.alerts.dismissals import dismiss
from storage.stores.alerts.triage import put_handling
from storage.stores.pruning import delete_alerts, delete_articles
from storage.stores.stories.counting import add_counts
from storage.tables import (
    Alert,
    AlertArticle,
    AlertKind,
    Article,
    DismissalKind,
    Notification,
    NotificationKind,
    NotificationState,
    Outlet,
    Story,
    TriageState,
    VolumeUnit,
    WatchListRow,
)
from tests.archive import add_article, add_channel, watch
from tests.databases import on_both, on_sqlite

pytestmark = on_both


ZONE = ZoneInfo("Africa/Casablanca")
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
TENTH = datetime(2026, 2, 10, 8, tzinfo=UTC)
RIGHTS = RightsTable({"Sealed": Rights("nothing")})
ARABIC = "ناصر بوريطة يجري مباحثات هاتفية"


def volume(session: Session, at: datetime, articles: int, *, name: str, outlet: str, language: str) -> None:
    number = id_of(session.exec(select(WatchListRow).where(WatchListRow.name == "Energy")).one())
    of = (("list", ""), ("actor", name), ("outlet", outlet), ("language", language))
    for unit in VolumeUnit:
        keys = ((number, kind, called, unit, start_of(unit, at)) for kind, called in of)
        add_counts(session, dict.fromkeys(keys, (articles, articles)))


def raised(
    session: Session,
    title: str,
    *,
    at: datetime = TENTH,
    outlet: str = "Gazette",
    watch_list: str = "Energy",
    story: int | None = None,
    took: float = 20,
    sent: float | None = 10,
    kind: AlertKind = AlertKind.STORY,
) -> int:
    """Add an alert of an article that was found at a time and published five minutes before; return its number."""
    number = id_of(session.exec(select(WatchListRow).where(WatchListRow.name == watch_list)).one())
    article = session.get_one(Article, add_article(session, title, at=at, outlet=outlet))
    article.published_at, article.matched_at = at - timedelta(minutes=5), at + timedelta(seconds=1)
    if story is None:
        row = Story(created_at=at)
        session.add(row)
        session.flush()
        story = id_of(row)
    created = at + timedelta(seconds=took)
    alert = Alert(
        watch_list_id=number,
        story_id=story,
        article_id=id_of(article),
        dedup_key=f"{title}:{article.id}",
        created_at=created,
        came_out_at=at,
        kind=kind,
    )
    session.add(alert)
    session.flush()
    session.add(AlertArticle(alert_id=id_of(alert), article_id=id_of(article), attached_at=created))
    if sent is not None:
        when = created + timedelta(seconds=sent)
        session.add(
            Notification(
                uid=f"n{alert.id}",
                channel_id=1,
                alert_id=alert.id,
                kind=NotificationKind.ALERT_CREATED,
                state=NotificationState.SENT,
                payload={},
                created_at=created,
                due_at=created,
                sent_at=when,
            )
        )
    session.flush()
    return id_of(alert)


def fill(session: Session) -> None:
    """Put two months of two lists into the database: February 2026 is reported."""
    watch(session, "Energy", actors=["Benali", "Kouki"])
    watch(session, "Ports", actors=["Rami"])
    add_channel(session)
    for day, articles, name, outlet, language in (
        (-12, 4, "Benali", "Gazette", "en"),
        (0, 6, "Benali", "Gazette", "en"),
        (1, 2, "Kouki", "Herald", "ar"),
    ):
        volume(session, TENTH + timedelta(days=day), articles, name=name, outlet=outlet, language=language)
    first = raised(session, "Refinery opens")
    story = session.get_one(Alert, first).story_id
    attach(session, first, "Refinery opens, says Herald", "Herald", TENTH + timedelta(hours=3))
    sealed = raised(session, "Sealed words", outlet="Sealed", at=TENTH - timedelta(hours=1))
    attach(session, sealed, ARABIC, "Gazette", TENTH + timedelta(hours=2))
    attach(session, sealed, "More of it", "Herald", TENTH + timedelta(hours=4))
    attach(session, sealed, "Still more", "Wire", TENTH + timedelta(hours=5))
    slow = raised(session, "Slow", took=40, sent=300, at=TENTH + timedelta(days=2))
    raised(session, "Of the archive", took=timedelta(days=4).total_seconds(), sent=None)
    raised(session, "Spike", kind=AlertKind.SPIKE, took=7200)
    raised(session, "Second list", watch_list="Ports", story=story, sent=None)
    raised(session, "Before", at=TENTH - timedelta(days=20))
    merged = session.get_one(Alert, raised(session, "Merged away"))
    merged.merged_into_id = first
    dismiss(session, sealed, via="page", kind=DismissalKind.PASSING, now=NOW)
    put_handling(session, slow, state=TriageState.IN_HAND, assignee_id=None, due_at=TENTH, now=NOW)
    put_handling(session, first, state=TriageState.DONE, assignee_id=None, due_at=TENTH, now=NOW)
    for known in session.exec(select(Outlet)):
        known.country = {"Gazette": "MA", "Herald": "GB"}.get(known.name)


def attach(session: Session, alert: int, title: str, outlet: str, at: datetime) -> None:
    article = add_article(session, title, at=at, outlet=outlet, language="ar" if title == ARABIC else "en")
    session.add(AlertArticle(alert_id=alert, article_id=article, attached_at=at))
    session.flush()


def read(database: Database, **asked: object) -> PeriodReport:
    with database.read() as session:
        wanted = report_asked(zone=ZONE, now=NOW, **asked)  # type: ignore[arg-type]
        return read_report(session, wanted, RIGHTS, now=NOW)


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as session:
        fill(session)
    return database


def test_month_is_counted_and_compared_with_the_one_before(filled: Database) -> None:
    report = read(filled)
    assert (report.asked.span.first, report.asked.span.last) == (date(2026, 2, 1), date(2026, 2, 28))
    assert (report.asked.before.first, report.asked.before.last) == (date(2026, 1, 1), date(2026, 1, 31))
    assert (report.articles, report.alerts) == (Compared(8, 4), Compared(6, 1))
    energy, ports = report.lists
    assert (energy.name, energy.articles, energy.alerts) == ("Energy", Compared(8, 4), Compared(5, 1))
    assert (ports.name, ports.alerts.now) == ("Ports", 1)
    assert energy.alerts_a_day == {date(2026, 2, 10): 3, date(2026, 2, 12): 1, date(2026, 2, 14): 1}
    assert [(one.label, one.articles, one.share) for one in report.names] == [
        ("Benali", Compared(6, 4), 0.75),
        ("Kouki", Compared(2, 0), 0.25),
    ]
    assert [(one.label, one.articles.now) for one in report.shares["country"]] == [
        ("Morocco", 6),
        ("United Kingdom", 2),
    ]
    assert [one.key.name for one in report.shares["language"]] == ["en", "ar"]


def test_times_leave_out_what_nobody_waited_for(filled: Database) -> None:
    times = {one.step: one for one in read(filled).times}
    found = times["found-alerted"]
    assert (found.alerts, found.median, found.p95, found.within_minute) == (4, 20, 40, 4)
    sent = times["alerted-sent"]
    assert (sent.alerts, sent.median, sent.p95, sent.within_minute) == (3, 10, 300, 2)
    assert times["published-sent"].median == 330


def test_stories_are_those_of_most_outlets_and_obey_licences(filled: Database) -> None:
    stories = read(filled).stories
    assert [(one.article.title, one.story.outlets, one.story.articles) for one in stories[:2]] == [
        (ARABIC, 4, 4),  # told by the sealed outlet first, whose words may not be reproduced
        ("Refinery opens", 2, 3),
    ]
    assert stories[0].outlets == ("Gazette", "Herald", "Wire")
    assert stories[1].story.last_at == TENTH + timedelta(hours=3)


def test_dismissals_and_handling_are_told_by_list(filled: Database) -> None:
    energy, ports = read(filled).lists
    assert (energy.dismissed, energy.overdue, energy.still_open) == ({"passing": 1}, 1, 3)
    assert energy.states == {"done": 1, "dismissed": 1, "in-hand": 1, "new": 2}
    assert (ports.dismissed, ports.states) == ({}, {"new": 1})


def test_report_is_of_the_lists_and_names_that_are_chosen(filled: Database) -> None:
    ports = read(filled, watch_lists=["Ports"])
    assert ([one.name for one in ports.lists], ports.articles.now, ports.alerts.now) == (["Ports"], 0, 1)
    chosen = read(filled, names=["Kouki", "Rami"])
    assert [(one.label, one.share) for one in chosen.names] == [("Kouki", 1.0), ("Rami", 0.0)]
    week = read(filled, since=date(2026, 2, 9), until=date(2026, 2, 10))
    assert (week.articles, week.asked.before.first) == (Compared(6, 0), date(2026, 2, 7))


@on_sqlite
@pytest.mark.parametrize(
    ("asked", "key"),
    [
        pytest.param({"month": "2026-13"}, "month", id="no such month"),
        pytest.param({"month": "2026-04"}, "month", id="still to come"),
        pytest.param({"month": "2026-02", "since": date(2026, 2, 1)}, "month", id="both"),
        pytest.param({"since": date(2026, 2, 2), "until": date(2026, 2, 1)}, "until", id="turned round"),
        pytest.param({"since": date(2024, 2, 2), "until": date(2026, 2, 1)}, "since", id="too long"),
        pytest.param({"since": date.min, "until": date.min}, "since", id="out of reach"),
        pytest.param({"until": date.min}, "until", id="before all days"),
        pytest.param({"names": [str(number) for number in range(9)]}, "name", id="too many names"),
    ],
)
def test_time_that_cannot_be_reported_is_one_error(asked: Mapping[str, object], key: str) -> None:
    with pytest.raises(InvalidError) as caught:
        report_asked(zone=ZONE, now=NOW, **asked)  # type: ignore[arg-type]
    assert caught.value.key == key


def test_what_there_is_not_is_named(filled: Database) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'Energy'"):
        read(filled, watch_lists=["Enrgy"])
    with pytest.raises(UnknownNameError, match="did you mean 'Kouki'"):
        read(filled, names=["Kuoki"])


def view(database: Database, language: str = "en") -> ReportView:
    report = read(database)
    with speaking(translator(language)):
        return report_view(report, intro="First words.")


def flat(text: str) -> str:
    return " ".join(text.split())


@on_sqlite
@pytest.mark.thorough
async def test_every_format_has_the_same_numbers(filled: Database) -> None:
    shown = view(filled)
    async with CpuPool(workers=1, reads_pages=False) as pool:
        pdf = await pool.run(print_report, "pdf", shown)
        docx = await pool.run(print_report, "docx", shown)
        xlsx = await pool.run(print_report, "xlsx", shown)
    parsed = PDFDocument(PDFParser(io.BytesIO(pdf)))
    titles = [title for _level, title, *_rest in parsed.get_outlines()]
    assert [part.title for part in shown.parts] == [
        title for title in titles if title in {p.title for p in shown.parts}
    ]
    assert parsed.catalog["MarkInfo"]["Marked"] is True
    words = flat(extract_text(io.BytesIO(pdf)).replace("\u200e", ""))
    document = Document(io.BytesIO(docx))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    wanted = [table for part in shown.parts for table in part.tables]
    assert tables == [
        [list(table.heads), *([cell.text for cell in row] for row in table.rows)] for table in wanted
    ]
    assert len(document.inline_shapes) == sum(len(part.charts) for part in shown.parts) == 7
    book = load_workbook(io.BytesIO(xlsx))
    assert len(book.sheetnames) == len(wanted)
    assert [cell.value for cell in book["Watch lists"][2]][:5] == ["Energy", 8, 0.3, 4, 1]
    for said in ("Refinery opens", "First words.", "Report, February 2026", "Overdue"):
        assert said in words


@on_sqlite
@pytest.mark.parametrize("language", ["fr", "es", "ar"])
@pytest.mark.thorough
def test_report_is_in_the_language_that_is_asked_for(filled: Database, language: str) -> None:
    shown, english = view(filled, language), view(filled)
    assert (shown.language, shown.direction) == (language, "rtl" if language == "ar" else "ltr")
    same = {one.title for one in shown.parts} & {one.title for one in english.parts}
    assert not same
    document = Document(io.BytesIO(print_report("docx", shown)))
    assert (document.tables[0]._tbl.tblPr.find(qn("w:bidiVisual")) is not None) == (language == "ar")
    pdf = PDFDocument(PDFParser(io.BytesIO(print_report("pdf", shown))))
    assert pdf.catalog["Lang"] in (language, language.encode())


def test_report_of_nothing_says_so(database: Database) -> None:
    report = read(database)
    assert (report.articles, report.lists, report.stories) == (Compared(0, 0), (), ())
    with speaking(translator("en")):
        body = print_report("pdf", report_view(report))
    assert "No alert of this time tells a story." in flat(extract_text(io.BytesIO(body)))


@pytest.mark.parametrize(
    ("language", "words"), [("en", "are no longer kept"), ("fr", "ne sont plus conservés"), ("ar", "لم تعد")]
)
@on_sqlite
def test_month_whose_articles_are_not_kept_says_so_below_its_volumes(
    filled: Database, language: str, words: str
) -> None:
    with filled.write() as session:
        delete_alerts(session, [one or 0 for one in session.exec(select(Alert.id))])
        delete_articles(session, [one or 0 for one in session.exec(select(Article.id))], now=TENTH)
    report = read(filled)
    assert (report.articles.now, report.stories) == (8, ())
    uncounted = replace(
        report, names=(), shares=dict.fromkeys(report.shares, ())
    )  # gone before that was counted
    for shown, parts in ((report, 1), (uncounted, 5)):
        with speaking(translator(language)):
            said = [line for part in report_view(shown).parts for line in part.words]
        assert sum(words in line for line in said) == parts, said
