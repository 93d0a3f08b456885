"""The headline, of what a page calls itself in several places."""

from __future__ import annotations

import pytest

from crawler.extract.titles import choose_title

JSON_LD, META, PAGE = "json-ld", "meta", "page"


@pytest.mark.parametrize(
    ("candidates", "site", "expected"),
    [
        pytest.param(
            [(JSON_LD, "Talks resume"), (META, "Talks resume | World news | The Gazette")],
            "The Gazette",
            ("Talks resume", JSON_LD),
            id="section and site behind",
        ),
        pytest.param(
            [(META, "Talks resume - GAZETTE")], None, ("Talks resume", META), id="the host's name behind"
        ),
        pytest.param(
            [(META, "어업 협상 재개 - 예시일보")], "예시일보", ("어업 협상 재개", META), id="Korean"
        ),
        pytest.param(
            [(META, "استئناف المحادثات | الجريدة")], "الجريدة", ("استئناف المحادثات", META), id="Arabic"
        ),
        pytest.param(
            [(META, "渔业谈判下周恢复_新闻_示例网"), (PAGE, "渔业谈判下周恢复")],
            "示例网",
            ("渔业谈判下周恢复", PAGE),
            id="Chinese, with its section",
        ),
        pytest.param(
            [(META, "漁業協議、来週再開へ：示例新聞デジタル"), (PAGE, "漁業協議、来週再開へ")],
            "示例新聞デジタル",
            ("漁業協議、来週再開へ", META),
            id="Japanese",
        ),
        pytest.param(
            [(META, "Rabat: Talks resume")], None, ("Rabat: Talks resume", META), id="a place before"
        ),
        pytest.param(
            [
                (JSON_LD, "Talks on fisheries resume in Rabat after a…"),
                (PAGE, "Talks on fisheries resume in Rabat after a pause"),
            ],
            None,
            ("Talks on fisheries resume in Rabat after a pause", PAGE),
            id="cut short",
        ),
        pytest.param(
            [(JSON_LD, "And then…"), (META, "And then...")], None, ("And then…", JSON_LD), id="ends so"
        ),
        pytest.param(
            [(JSON_LD, "What comes next"), (META, "Talks resume in Rabat"), (PAGE, "Talks resume in Rabat")],
            None,
            ("Talks resume in Rabat", META),
            id="two agree",
        ),
        pytest.param([(JSON_LD, None), (META, "")], None, ("", ""), id="none"),
    ],
)
def test_title(candidates: list[tuple[str, str | None]], site: str | None, expected: tuple[str, str]) -> None:
    assert choose_title(candidates, site_names=[site], url="https://www.gazette.example/news/1") == expected
