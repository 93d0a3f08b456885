"""What control sources have becomes findings, once each, and no articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session, select

from crawler.poll.intake import take_in
from crawler.values import Entry, ParsedFeed
from storage.engine import Database
from storage.rows import id_of
from storage.stores.feeds.control_findings import expire_findings, findings_since, note_report
from storage.tables import Article, ControlFinding, Feed, Outlet
from tests.archive import put
from tests.conftest import START
from tests.taking_in import feed_document

WEEK = timedelta(days=7)


def entry(link: str, title: str = "Talks in Rabat", age: timedelta = timedelta(0)) -> Entry:
    return Entry(guid=link, url=link, title=title, published=START - age)


def sources(session: Session) -> tuple[tuple[Outlet, Feed], tuple[Outlet, Feed]]:
    for name in ("Alerts", "Gazette"):
        put(session, name, [f"https://{name.lower()}.example/rss"])
    rows = session.exec(select(Outlet, Feed).join(Feed).order_by(Outlet.name)).all()
    rows[0][0].control, rows[0][0].control_told_at = True, START
    session.flush()
    return rows[0], rows[1]


def test_entries_of_a_control_source_are_findings_and_those_beside_it_articles(database: Database) -> None:
    google = (
        "https://www.google.com/url?rct=j&sa=t&url=https://www.gazette.example/a/1%3Futm_source%3Dx&ct=ga"
    )
    entries = (
        entry(google, "<b>Talks</b>"),
        entry("https://other.example/2"),
        entry("https://old.example/3", age=WEEK * 6),
        Entry(guid="no page", url="", title=""),
    )
    with database.write() as session:
        (control, alerts), (outlet, gazette) = sources(session)
        documents = [
            replace(
                feed_document(alerts, control, ParsedFeed("atom", "", None, "", entries), now=START),
                is_control=True,
            ),
            feed_document(gazette, outlet, ParsedFeed("rss", "", None, "", entries[:1]), now=START),
        ]
        found, articles = take_in(session, documents, fetch_pages=True)
        again = take_in(session, documents[:1], fetch_pages=True)[0]
        assert {one.url for one in found.new} == {google, "https://other.example/2"}
        assert (len(found.made), len(articles.made), again.new) == (0, 1, [])
        assert session.exec(select(Article.outlet_id)).all() == [id_of(outlet)]
        known = findings_since(session, START)
    assert {(one.control, one.canonical_url) for one in known} == {
        ("Alerts", "https://www.gazette.example/a/1"),
        ("Alerts", "https://other.example/2"),
    }


def test_findings_end(database: Database) -> None:
    with database.write() as session:
        (control, _alerts), _gazette = sources(session)
        session.add(
            ControlFinding(
                outlet_id=id_of(control), canonical_url="https://a.example/", url="a", first_seen_at=START
            )
        )
        session.flush()
        expire_findings(session, before=START)
        assert len(findings_since(session, START)) == 1
        expire_findings(session, before=START + WEEK)
        assert findings_since(session, START) == []


def test_operators_are_told_a_week_after_a_source_is_new_then_every_week(database: Database) -> None:
    told = []
    with database.write() as session:
        assert not note_report(session, told_before=START, now=START)
        sources(session)
        for day in range(16):
            now = START + timedelta(days=day)
            if note_report(session, told_before=now - WEEK, now=now):
                told.append(day)
    assert told == [7, 14]
