"""What people read: subject, text and HTML, whatever a headline holds."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from alerts.delivery.characters import direction, one_line, shown, storable, web_address
from alerts.delivery.excerpts import Excerpt, Mark
from alerts.delivery.links import Links
from alerts.delivery.payload import build_digest_data
from alerts.delivery.render import DEFAULT, MAX_SUBJECT, Renderer, subject
from alerts.delivery.view import alert_view, passage
from alerts.values import Document
from storage import language
from tests.alerts.delivery.samples import (
    ARABIC,
    ENGLISH,
    HOSTILE_TITLES,
    OTHERS,
    WATCH_LIST,
    alert_data,
    arabic_data,
    digest_data,
    hostile,
    mention,
    message,
)
from tests.conftest import START

REORDERING = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


class Page(HTMLParser):
    """What stands in an HTML page: its tags with attributes, its text, and the texts of its marks."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.marks: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data
        if "mark" in self.open:
            self.marks.append(data)

    def links(self) -> set[str | None]:
        return {attributes.get("href") for tag, attributes in self.tags if tag == "a"}


def test_subject_names_watch_list_and_title() -> None:
    assert subject(message()) == f"[{WATCH_LIST}] {ENGLISH.title}"


def test_subject_of_a_digest_counts_its_alerts() -> None:
    assert subject(message(digest_data())) == f"{ENGLISH.title}; 2 more (press-desk, 3 Mar 2026)"


def test_text_tells_where_why_and_what() -> None:
    text = DEFAULT.text(message(alert_data(others=OTHERS)))
    assert text.startswith("Rabat talks: **Bourita** receives the UN envoy on Western Sahara\n")
    assert "Example Gazette (Morocco), 2 March 2026, 11:40 UTC, Example News Agency\n" in text
    assert "The foreign minister of Morocco, **Nasser Bourita**, received" in text
    assert 'Autonomy plan (topic, once): query ("Western Sahara" NEAR/30 autonomy)' in text
    assert "Example Herald: UN envoy meets Bourita in Rabat https://herald.example/un-envoy\n" in text
    assert "https://tocsin.example/alerts/12" in text


def test_html_marks_what_matched_and_links_to_the_article() -> None:
    page = Page(DEFAULT.html(message(alert_data(others=OTHERS))))
    assert page.marks == ["Bourita", "Nasser Bourita", "autonomy plan for Western Sahara", "Bourita"]
    assert page.links() == {
        "https://gazette.example/2026/rabat-talks",
        "https://tocsin.example/alerts/12",
        *(other.url for other in OTHERS),
    }
    assert "2 March 2026, 11:40 UTC" in page.text
    assert page.open == []


def test_times_are_told_in_the_readers_zone() -> None:
    renderer = DEFAULT.told_in("America/Argentina/Buenos_Aires", language.ENGLISH)
    assert "2 March 2026, 08:40 Buenos Aires" in renderer.text(message())
    for told in renderer.both(message(digest_data())):
        assert "2 March 2026, 06:00 to 3 March 2026, 05:00 Buenos Aires" in told
        assert "UTC" not in told


def test_html_loads_nothing_from_outside() -> None:
    for data in (alert_data(others=OTHERS), digest_data()):
        html = DEFAULT.html(message(data))
        page = Page(html)
        assert not {"img", "script", "link", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
        assert "url(" not in html
        assert "@import" not in html


def test_html_is_ready_for_dark_mode_and_phones() -> None:
    page = Page(DEFAULT.html(message()))
    metas = {
        attributes.get("name"): attributes.get("content") for tag, attributes in page.tags if tag == "meta"
    }
    assert metas["color-scheme"] == "light dark"
    assert metas["viewport"] == "width=device-width, initial-scale=1"


def test_arabic_reads_from_right_to_left() -> None:
    page = Page(DEFAULT.html(message(arabic_data())))
    directions = [
        attributes["dir"] for tag, attributes in page.tags if "dir" in attributes and tag in {"h1", "p"}
    ]
    assert directions == ["rtl", "rtl", "rtl"]
    assert all(attributes.get("lang") == "ar" for tag, attributes in page.tags if tag == "h1")


def test_digest_tells_every_alert() -> None:
    for told in (DEFAULT.text(message(digest_data())), Page(DEFAULT.html(message(digest_data()))).text):
        assert told.count("Nasser Bourita (actor" if "**" in told else "actor · ") == 3
        assert "3 alerts" in told
        assert "2 March 2026, 09:00 to 3 March 2026, 08:00 UTC" in told
        assert "Sahel" in told


@pytest.mark.parametrize("title", HOSTILE_TITLES.values(), ids=HOSTILE_TITLES)
def test_any_title_is_told_safely(title: str) -> None:
    for data in (hostile(title), alert_data(Document(title=title, text=""), ())):
        line = subject(message(data))
        assert len(line) <= MAX_SUBJECT
        assert line == " ".join(line.split())
        page = Page(DEFAULT.html(message(data)))
        assert page.open == []
        assert not {"script", "b"} & {tag for tag, _ in page.tags}
        for told in (line, DEFAULT.text(message(data)), DEFAULT.html(message(data))):
            told.encode()
            assert not REORDERING & set(told)
            assert not [c for c in told if unicodedata.category(c) == "Cc" and c != "\n"]


def test_no_link_runs_a_script() -> None:
    data = hostile("javascript:alert(1)")
    assert Page(DEFAULT.html(message(data))).links() == set()
    assert alert_view(data).url is None


def test_a_title_too_long_for_its_place_is_cut() -> None:
    title = "Rabat " * 200
    found = [mention(Document(title=title, text=""), "Rabat", topic="Rabat", field="title")]
    view = alert_view(alert_data(Document(title=title, text=""), found))
    assert len(view.title) <= 300
    assert view.title.endswith("…")
    assert [segment.text for segment in view.excerpts[0].segments if segment.marked] == ["Rabat"]


def test_marks_that_overlap_become_one() -> None:
    marks = (
        Mark(start=0, end=5, names=("A",)),
        Mark(start=3, end=8, names=("B",)),
        Mark(start=8, end=9, names=("C",)),
    )
    seen = passage(Excerpt(field="text", text="0123456789", marks=marks), None)
    assert [(segment.text, segment.marked) for segment in seen.segments] == [
        ("01234567", True),
        ("8", True),
        ("9", False),
    ]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        pytest.param(ARABIC.title, "ar", "rtl", id="Arabic"),
        pytest.param("Facebook تعلن", "ar-MA", "rtl", id="Arabic that begins in Latin"),
        pytest.param("שלום", "he", "rtl", id="Hebrew"),
        pytest.param("تهران", "fa", "rtl", id="Persian"),
        pytest.param("لاہور", "ur", "rtl", id="Urdu"),
        pytest.param("Rabat", "fr", "ltr", id="French"),
        pytest.param("… «الرباط»", None, "rtl", id="unknown language, first letter Arabic"),
        pytest.param("12: Rabat", None, "ltr", id="unknown language, first letter Latin"),
        pytest.param("123", None, "ltr", id="no letter at all"),
    ],
)
def test_direction_follows_the_language_else_the_first_letter(
    text: str, language: str | None, expected: str
) -> None:
    assert direction(text, language) == expected


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://gazette.example/a?b=1&c=%20#d", True),
        ("HTTP://gazette.example", True),
        ("https://bücher.example/é", True),
        ("javascript:alert(1)", False),
        ("javascript://gazette.example/%0aalert(1)", False),
        ("ftp://gazette.example/a", False),
        ("data:text/html,x", False),
        ("//gazette.example/a", False),
        ("https://", False),
        ("https://[half", False),
        ("https://gazette.example/a b", False),
        ("https://gazette.example/\n", False),
        ("https://gazette.example/\u202efdp", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_are_linked(url: str | None, usable: bool) -> None:
    assert web_address(url) == (url if usable else None)


def test_a_line_is_not_cut_inside_what_is_drawn_as_one() -> None:
    family = "👩\u200d👩\u200d👧"
    assert one_line(family * 3, 8) == family + "…"
    assert one_line("e\u0301" * 10, 6) == "e\u0301e\u0301…"


@given(st.text(st.characters(exclude_categories=[])), st.integers(1, 40))
def test_a_line_is_one_and_no_longer_than_asked(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert one_line(line, limit) == line
    line.encode()


@given(st.text(st.characters(exclude_categories=[])))
def test_cleaning_keeps_offsets_or_is_told_once(text: str) -> None:
    assert len(storable(text)) == len(text)
    assert shown(shown(text)) == shown(text)


def test_links_lead_to_the_alerts_page_where_there_is_one() -> None:
    links = Links("https://tocsin.example/", b"k" * 32)
    data = alert_data().model_copy(update={"url": None})
    assert alert_view(data, links).alert_url == f"https://tocsin.example/alerts/{data.alert_id}"
    assert alert_view(data).alert_url is None


def own(folder: Path, **files: str) -> Renderer:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return Renderer(folder)


def test_a_users_file_is_used_in_place_of_ours(tmp_path: Path) -> None:
    renderer = own(tmp_path, alert_txt="{{ alert.watch_list }}: {{ alert.title }}")
    assert renderer.text(message()) == f"{WATCH_LIST}: {ENGLISH.title}"
    assert renderer.html(message()) == DEFAULT.html(message())
    assert renderer.text(message(digest_data())) == DEFAULT.text(message(digest_data()))


def test_a_users_file_that_ours_use_changes_these(tmp_path: Path) -> None:
    renderer = own(tmp_path, page_html="<body>ours within theirs {% block content %}{% endblock %}</body>")
    html = renderer.html(message())
    assert html.startswith("<body>ours within theirs")
    assert ENGLISH.title.split(":", maxsplit=1)[0] in html


def test_a_users_html_escapes_every_value_and_their_text_none(tmp_path: Path) -> None:
    title = '<script>alert(1)</script> & "quoted"'
    renderer = own(tmp_path, alert_html='<p title="{{ alert.title }}">', alert_txt="{{ alert.title }}")
    told = message(hostile(title))
    assert renderer.html(told) == ('<p title="&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quoted&#34;">')
    assert renderer.text(told) == title


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ alert.watch_list.__class__.__mro__ }}", id="reaches for Python"),
        pytest.param("{{ alert.nothing_of_this_name }}", id="a name that is not there"),
        pytest.param("{% for x in %}", id="no Jinja"),
        pytest.param("{{ 1 // 0 }}", id="fails"),
        pytest.param("{% include '../../secret.txt' %}", id="reaches for a file outside"),
    ],
)
def test_where_a_users_template_fails_ours_tells_the_alert(tmp_path: Path, template: str) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    folder = tmp_path / "a" / "templates"
    folder.mkdir(parents=True)
    with capture_logs() as logs:
        assert own(folder, alert_txt=template).text(message()) == DEFAULT.text(message())
    assert [(entry["log_level"], entry["template"]) for entry in logs] == [("error", "alert.txt")]


def test_mistakes_in_a_users_templates_are_named_beforehand(tmp_path: Path) -> None:
    assert own(tmp_path, alert_txt="{{ alert.title }}").mistakes() == []
    (mistake,) = own(tmp_path, digest_html="{% for x in %}").mistakes()
    assert "digest.html" in mistake
    assert "is not a folder" in Renderer(tmp_path / "nowhere").mistakes()[0]


def test_subject_of_a_digest_says_who_how_many_and_when() -> None:
    quiet = Document(
        title="Talks in Madrid", text="Nasser Bourita spoke.", language="en", outlet="Example Gazette"
    )
    named = [mention(quiet, "Nasser Bourita", actor="Nasser Bourita")]
    one = alert_data(quiet, named, score=80)
    other = alert_data(alert_id=99, story_id=99, watch_list="A list that comes first", score=20)
    late = START.replace(hour=23, minute=30)
    digest = message(build_digest_data([one, other], now=late))
    assert subject(digest) == "Nasser Bourita: Talks in Madrid; 1 more (press-desk, 2 Mar 2026)"
    assert subject(digest, ZoneInfo("Asia/Dubai")).endswith("(press-desk, 3 Mar 2026)")
    alone = message(build_digest_data([other], now=late))
    assert subject(alone) == f"{ENGLISH.title} (press-desk, 2 Mar 2026)"
    assert subject(message(build_digest_data([], now=late))) == "no alerts (press-desk, 2 Mar 2026)"
