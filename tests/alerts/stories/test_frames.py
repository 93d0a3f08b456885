"""What an outlet puts around its news is learned, and articles are compared without it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from alerts.stories import read_traces
from alerts.stories.frames import LEAST_ARTICLES, REMEMBERED, OutletFrames
from storage.engine import Database
from storage.tables import Alert, Article, OutletLines
from tests.archive import AlertStages, add_article, add_channel, add_version, watch
from tests.conftest import Clock

NEWS = (
    ("Minister opens a bridge over the river", "The bridge of 400 metres took four years to build."),
    ("Farmers protest against milk prices", "Hundreds of tractors blocked the road into the capital."),
    ("Court jails a former mayor for fraud", "The judge said that he had taken bribes from a builder."),
    ("Frog thought extinct is found", "The small animal was last seen in 1974, in a wood since felled."),
    ("Rail workers vote to strike", "The union said that talks on pay had failed after eleven hours."),
)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        pytest.param("{title} | Harbour Gazette", "{text}", id="a suffix"),
        pytest.param("{title} - Africa news and analysis", "{text}", id="a suffix after a dash"),
        pytest.param("[Exclusive] {title}", "{text}", id="in brackets"),
        pytest.param("{title}", "From our correspondent in the harbour newsroom: {text}", id="a dateline"),
        pytest.param("{title}", "{text} Published in Harbour Gazette, March {n}, 2026.", id="a date"),
        pytest.param("{title}", "{text}\n\nRead all of it in the members' area!", id="a last line"),
        pytest.param("Today | {title} | Gazette", "Our desk writes: {text} Ask us anything.", id="both"),
    ],
)
def test_what_stood_around_three_articles_goes(title: str, text: str) -> None:
    frames = OutletFrames[str]()
    for n, told in enumerate(NEWS, start=1):
        put = title.format(title=told[0], n=n), text.format(text=told[1], n=n)
        assert frames.without("Gazette", *put) == (told if n >= LEAST_ARTICLES else put)
        assert frames.without("Other", *put, is_new=False) == put, "each outlet has its own"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        pytest.param("Kenya: {title}", "{text}", id="a kicker says where"),
        pytest.param("President Donald Trump {title}", "{text}", id="who begins the title"),
        pytest.param("{title}", "U.S. President Trump {text}", id="who begins the text"),
        pytest.param("{title}", "Sen. Marrow spoke. {text}", id="too short for a frame"),
        pytest.param("Morning briefing", "{text}", id="all of a title"),
    ],
)
def test_what_says_something_stays(title: str, text: str) -> None:
    frames = OutletFrames[int]()
    for told in NEWS:
        put = title.format(title=told[0]), text.format(text=told[1])
        assert frames.without(1, *put) == put


def test_news_told_again_teaches_nothing() -> None:
    frames = OutletFrames[int]()
    for fell in ("houses", "bridges", "towers", "walls", "trees"):
        put = (
            "Quake strikes the north | Gazette",
            f"A strong quake struck the north. Then {fell} fell in the city.",
        )
        assert frames.without(1, *put) == put


def test_frame_that_came_no_more_is_forgotten() -> None:
    frames = OutletFrames[int]()
    for title, text in NEWS:
        frames.without(1, f"{title} | Gazette", text)
    framed = "Tram begins to run | Gazette", "It carries many."
    assert frames.without(1, *framed, is_new=False) == ("Tram begins to run", "It carries many.")
    for number in range(REMEMBERED):
        frames.without(1, f"Another matter {'x' * number}", "And its text.")
    assert frames.without(1, *framed, is_new=False) == framed


def test_frame_in_a_long_text_is_looked_for_at_its_ends_only() -> None:
    frames = OutletFrames[int]()
    line = "This line stands in the midst of it."
    for title, text in NEWS:
        body = f"{text} {'x' * 300}. {line} {'y' * 300}. The end of all our articles."
        bare = frames.without(1, title, body)[1]
    assert bare == body.removesuffix(" The end of all our articles.")


def test_live_blog_is_told_by_the_frame_that_is_learned() -> None:
    title = "Frog thought extinct is found - live updates"
    assert read_traces(title, NEWS[3][1], bare=NEWS[3]).terms.size == 0


PARTS = ("fish", "boats", "|", "-", ":", "port", ".", "\n\n", "[x]", "news", "12", "،")
WORDS = st.lists(st.sampled_from(PARTS), max_size=12).map(" ".join)


@given(st.lists(st.tuples(st.integers(1, 2), WORDS, WORDS), max_size=REMEMBERED + 10), st.integers(0, 50))
def test_what_was_learned_is_stored_and_goes_on(told: list[tuple[int, str, str]], place: int) -> None:
    whole, first = OutletFrames[int](), OutletFrames[int]()
    found = [whole.without(*one) for one in told]
    begun = [first.without(*one) for one in told[:place]]
    after = OutletFrames[int](first.learned())
    assert [*begun, *(after.without(*one) for one in told[place:])] == found
    for (_outlet, title, text), (bare, rest) in zip(told, found, strict=True):
        assert bare in title
        assert rest in text


async def test_outlet_that_puts_the_same_around_its_news_makes_an_alert_of_each(
    database: Database, clock: Clock
) -> None:
    with database.write() as session:
        add_channel(session)
        watch(session, "Harbour", actors=["Ilse Marrow"], channels=["desk"])
    for number, (title, text) in enumerate(NEWS):
        put = (
            f"From our own correspondent in the harbour gazette newsroom: {text} Ilse Marrow was told of it."
        )
        with database.write() as session:
            add_article(session, title, put, at=clock.now, outlet="Gazette", language="en")
        stages = AlertStages(database, clock)  # begun anew: it goes on with what is stored
        await stages.load()
        await stages.step()
        await stages.close()
        with database.read() as session:
            stories = session.exec(select(Article.story_id).order_by(col(Article.id))).all()
            assert len(session.exec(select(Alert)).all()) == len(set(stories))
            if number >= LEAST_ARTICLES - 1:
                assert stories.count(stories[-1]) == 1, "it tells another event"
    with database.read() as session:
        (lines,) = session.exec(select(OutletLines)).all()
    assert lines.frames
    assert lines.recent == b"", "no page was read"


async def test_article_that_is_edited_teaches_nothing_more(database: Database, clock: Clock) -> None:
    with database.write() as session:
        number = add_article(session, *NEWS[0], at=clock.now, outlet="Gazette", language="en")
    stages = AlertStages(database, clock)
    await stages.load()
    learned = set()
    for title in (None, "Bridge is open", "New bridge at last"):
        if title is not None:
            with database.write() as session:
                add_version(session, number, title=title, text=NEWS[0][1])
        await stages.step()
        with database.read() as session:
            learned.add(session.exec(select(OutletLines.frames)).one())
    await stages.close()
    assert len(learned) == 1
