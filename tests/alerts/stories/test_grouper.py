"""Grouping: copies however cut or framed, the same event in other words, windows, versions, restarts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.stories import Kept, StoryGrouper, read_traces
from alerts.stories.grouper import Merged, Split
from tests.conftest import START

DAY = timedelta(days=1)
WORDS = [
    f"{first}{last}"
    for first in ("ba", "ko", "mi", "tu", "re")
    for last in ("lan", "dor", "ves", "nik", "sta")
]


def made_text(seed: int, sentences: int = 12) -> str:
    """Invented words: texts of different seeds share no run of four."""
    draw = random.Random(seed)
    return "\n".join(" ".join(draw.choices(WORDS, k=15)).capitalize() + "." for _ in range(sentences))


def kinds(texts: Sequence[str]) -> list[str]:
    grouper = StoryGrouper()
    return [grouper.decide(read_traces("", text))[0].kind for text in texts]


ARTICLE = made_text(1)
LINES = ARTICLE.split("\n")
ARABIC = "\n".join(
    [
        "استقبل وزير الشؤون الخارجية ناصر بوريطة يوم الاثنين في الرباط وفدا من الاتحاد الأوروبي لبحث ملف الصيد البحري",
        "وقال الوزير إن اللجنة المشتركة ستجتمع في أكادير قبل الصيف لترفع تقريرها إلى الحكومتين في الخريف المقبل",
        "ويطالب أرباب المراكب على ضفتي المضيق بأجل أطول حتى يتمكنوا من إصلاح سفنهم وتشغيل أطقم جديدة هذه السنة",
    ]
)
CHINESE = "\n".join(
    [
        "摩洛哥外交大臣布里达星期一在拉巴特会见了欧洲联盟代表团,双方讨论了海洋渔业合作协定的新日程和条件。",
        "联合工作组将于夏季之前在阿加迪尔举行会议,并在秋季向两国政府提交报告,说明谈判取得的进展。",
        "海峡两岸的船东要求延长期限,以便他们能够安排维修船只并雇用新的船员,准备下一个捕鱼季节。",
        "布里达表示,摩洛哥愿意在尊重主权的基础上与所有伙伴继续对话,并希望早日达成协议。",
    ]
)
THAI = "\n".join(
    [
        "รัฐมนตรีต่างประเทศโมร็อกโกพบกับคณะผู้แทนสหภาพยุโรปที่กรุงราบัตเมื่อวันจันทร์เพื่อหารือเรื่องการประมง",
        "คณะทำงานร่วมจะประชุมที่เมืองอากาดีร์ก่อนฤดูร้อนและรายงานต่อรัฐบาลทั้งสองในฤดูใบไม้ร่วงปีนี้",
        "เจ้าของเรือทั้งสองฝั่งของช่องแคบขอเวลานานขึ้นเพื่อวางแผนซ่อมแซมเรือและจ้างลูกเรือใหม่",
    ]
)
OTHER_THAI = "\n".join(
    [
        "ทีมฟุตบอลชาติไทยชนะการแข่งขันนัดสำคัญเมื่อคืนนี้ด้วยประตูในช่วงท้ายเกมต่อหน้าผู้ชมเต็มสนาม",
        "ผู้ฝึกสอนกล่าวว่านักเตะทุกคนทำงานหนักและสมควรได้รับชัยชนะครั้งนี้หลังจากแพ้มาสองนัดติดต่อกัน",
        "นัดต่อไปจะแข่งขันในสัปดาห์หน้าที่จังหวัดเชียงใหม่ซึ่งคาดว่าจะมีแฟนบอลเดินทางไปให้กำลังใจจำนวนมาก",
    ]
)


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        pytest.param(ARTICLE, ARTICLE.upper(), "copy", id="in capitals"),
        pytest.param(ARTICLE, "\n".join(LINES[:3]), "copy", id="cut to a quarter"),
        pytest.param("\n".join(LINES[:3]), ARTICLE, "copy", id="whole after the cut one"),
        pytest.param(ARTICLE, "\n".join([made_text(2, 6), ARTICLE, made_text(3, 6)]), "copy", id="framed"),
        pytest.param(ARTICLE, "\n".join([*LINES[:9], made_text(4, 3)]), "copy", id="a quarter replaced"),
        pytest.param(ARABIC, ARABIC.replace("أ", "ا"), "copy", id="Arabic, other alefs"),
        pytest.param(CHINESE, "".join(CHINESE.split("\n")[:2]), "copy", id="Chinese, cut"),
        pytest.param(THAI, THAI.split("\n")[0] + THAI.split("\n")[1], "copy", id="Thai, cut"),
        pytest.param(THAI, OTHER_THAI, "new", id="Thai, another event"),
        pytest.param(CHINESE, THAI, "new", id="other languages"),
        pytest.param("Weather", "Weather", "new", id="too short to tell"),
    ],
)
def test_copy_is_found(first: str, second: str, kind: str) -> None:
    assert kinds([first, second]) == ["new", kind]


def test_same_event_in_other_words_is_the_same_story() -> None:
    texts = [
        "A strong earthquake struck Agadir on Monday. The interior ministry said that houses had collapsed in Taroudant.",
        "Rescuers searched houses in Agadir and Taroudant after an earthquake; twelve people died, said the interior ministry.",
        "The central bank in Ankara raised its rate to 40 percent, and the lira rose after the governor had spoken to investors.",
    ]
    assert kinds(texts) == ["new", "same-story", "new"]


def test_article_that_quotes_a_cut_copy_is_none_of_it() -> None:
    quoted, piece = made_text(2), made_text(2, 3)
    quoting = f"{piece}\n{ARTICLE}"
    for texts in (
        [quoted, piece, quoting, ARTICLE],
        [ARTICLE, quoting, piece, quoted],
        [quoting, ARTICLE, piece, quoted, quoted + made_text(3, 1)],
    ):
        grouper = StoryGrouper()
        group = {text: grouper.decide(read_traces("", text))[1].group for text in texts}
        assert group[quoting] == group[ARTICLE] != group[quoted]


def test_boilerplate_of_many_articles_makes_no_copies() -> None:
    boilerplate = made_text(99, 4)
    texts = [f"{made_text(seed, 12)}\n{boilerplate}" for seed in range(100, 108)]
    short = [f"{made_text(seed, 3)}\n{boilerplate}" for seed in range(200, 204)]
    grouper = StoryGrouper()
    found = [grouper.decide(read_traces("", text))[0] for text in [*texts, *short]]
    assert "copy" not in {decision.kind for decision in found}


def test_pages_of_one_outlet_need_to_share_more() -> None:
    texts = [f"{made_text(1, 5)}\n{made_text(9, 6)}", f"{made_text(2, 5)}\n{made_text(9, 6)}"]
    for hosts, kind in ((("a.example", "a.example"), "new"), (("a.example", "b.example"), "copy")):
        grouper = StoryGrouper()
        found = [
            grouper.decide(read_traces("", text), host=host)[0]
            for text, host in zip(texts, hosts, strict=True)
        ]
        assert (found[1].copy_of is not None) == (kind == "copy")


def test_version_keeps_its_story_and_is_compared_anew() -> None:
    grouper = StoryGrouper()
    first, _ = grouper.decide(read_traces("", ARTICLE))
    second, _ = grouper.decide(read_traces("", made_text(5)), story=first.story, replaces=first.number)
    assert (second.story, second.kind) == (first.story, "same-story")
    assert grouper.decide(read_traces("", made_text(5)))[0].copy_of == second.number
    assert grouper.decide(read_traces("", ARTICLE))[0].copy_of is None


@pytest.mark.parametrize(
    ("days", "kind"),
    [
        pytest.param(1, "copy", id="a day"),
        pytest.param(13, "copy", id="within the window"),
        pytest.param(15, "new", id="after it"),
        pytest.param(-13, "copy", id="a late one"),
        pytest.param(-15, "new", id="much too late"),
    ],
)
def test_copies_are_looked_for_in_a_window(days: int, kind: str) -> None:
    grouper = StoryGrouper()
    grouper.decide(read_traces("", ARTICLE), at=START)
    assert grouper.decide(read_traces("", ARTICLE), at=START + days * DAY)[0].kind == kind


def test_late_article_joins_the_story_of_its_time() -> None:
    quake = "A strong earthquake struck Agadir on Monday. The interior ministry said that houses had collapsed in Taroudant."
    lava = "Lava of Etna closed the airport of Catania on Friday; buses took passengers to Palermo, said the prefect."
    later = quake.replace("strong", "second").replace("collapsed", "lost their walls")
    late = "The interior ministry said that twelve people died when a strong earthquake struck Agadir, in houses of Taroudant."
    grouper = StoryGrouper()

    def story_of(text: str, days: float) -> int:
        at = START + days * DAY
        return grouper.decide(read_traces("", text), at=at, seen_at=START + 10 * DAY)[0].story

    stories = [story_of(quake, 0), story_of(lava, 4), story_of(later, 9)]
    assert len(set(stories)) == 3
    other = "Houses lost their walls in Taroudant, the interior ministry said, as an earthquake struck near Agadir again."
    assert [story_of(late, 0.5), story_of(other, 8.5)] == [stories[0], stories[2]]


def test_what_leaves_the_windows_is_forgotten() -> None:
    grouper = StoryGrouper()
    for day in range(40):
        grouper.decide(read_traces("", made_text(day)), at=START + day * DAY, seen_at=START + day * DAY)
    assert grouper.sizes() == (15, 4)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(1, 12), st.integers(0, 30)), min_size=1, max_size=14),
    st.integers(0, 14),
)
def test_restart_changes_nothing(articles: list[tuple[int, int, int]], stop: int) -> None:
    hours = 0
    whole, before = StoryGrouper(), StoryGrouper()
    rows: dict[int, Kept] = {}
    expected, found = [], []
    for place, (seed, lines, gap) in enumerate(articles):
        hours += gap
        now = START + timedelta(hours=hours)
        traces = read_traces("", "\n".join(made_text(seed).split("\n")[:lines]))
        expected.append(whole.decide(traces, at=now, seen_at=now)[0])
        if place == stop:
            before = StoryGrouper()
            for row in rows.values():
                before.restore(row)
        decision, kept = before.decide(traces, at=now, seen_at=now)
        found.append(decision)
        rows[kept.number] = kept
        for change in decision.changes:
            for number, row in rows.items():
                if isinstance(change, Merged) and row.story == change.gone:
                    rows[number] = replace(row, story=change.kept)
                elif isinstance(change, Split) and number in change.numbers:
                    rows[number] = replace(row, story=change.new)
    assert found == expected


def test_summaries_that_name_the_same_person_are_stories_of_their_own() -> None:
    summaries = [
        (
            "Bourita receives Spanish minister in Rabat",
            "Foreign Minister Nasser Bourita received his Spanish counterpart in Rabat on Monday to discuss fisheries.",
        ),
        (
            "Morocco opens consulate in Malaga",
            "Foreign Minister Nasser Bourita opened a new consulate in Malaga on Monday, where many Moroccans live.",
        ),
        (
            "Bourita in Washington for talks with Blinken",
            "US Secretary of State Antony Blinken met Foreign Minister Nasser Bourita on Monday to discuss security.",
        ),
        (
            "Morocco calls for ceasefire in Gaza",
            "Nasser Bourita told the Arab League on Monday that Morocco wants an immediate ceasefire in Gaza.",
        ),
        (
            "Bourita hosts de Mistura",
            "The UN envoy Staffan de Mistura met Foreign Minister Nasser Bourita in Rabat on Monday for talks on Western Sahara.",
        ),
        (
            "UN envoy de Mistura in Rabat for Sahara talks",
            "Staffan de Mistura, the UN envoy for Western Sahara, held talks in Rabat on Monday with minister Nasser Bourita.",
        ),
    ]
    grouper = StoryGrouper()
    decided = [grouper.decide(read_traces(title, text))[0] for title, text in summaries]
    assert [decision.kind for decision in decided] == ["new"] * 5 + ["same-story"]
    assert decided[5].story == decided[4].story
