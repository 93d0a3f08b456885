"""Spiders are found by class, by file and by entry point; what is wrong with one is said."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from crawler.fetch.spiders.loading import SpiderNotLoadedError, load_spider
from tests.fake_packages import install_package

TWO = """
import scrapy


class One(scrapy.Spider):
    name = "first"


class Two(scrapy.Spider):
    name = "second"
"""
ONE = TWO.partition("\n\n\nclass Two")[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    install_package(
        tmp_path,
        "desk-spiders",
        entry_points={
            "tocsin.spiders": {
                "desk-second": "desk_spiders_module:Two",
                "desk-none": "desk_spiders_module:scrapy",
            }
        },
        modules={"desk_spiders_module": TWO, "one_spider_module": ONE, "broken_spider_module": "1 / 0\n"},
    )
    return tmp_path


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("desk_spiders_module:One", "first"),
        ("desk_spiders_module:second", "second"),
        ("desk-second", "second"),
        ("{folder}/one_spider_module.py", "first"),
        ("{folder}/desk_spiders_module.py:Two", "second"),
        ("{folder}/desk_spiders_module.py:second", "second"),
        ("scrapy.spiders:CrawlSpider", None),
    ],
)
def test_spider_is_found(folder: Path, name: str, found: str | None) -> None:
    assert getattr(load_spider(name.format(folder=folder)), "name", None) == found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_such_module:One", "no module named 'no_such_module': install its package"),
        ("desk_spiders_module:Three", "has no spider 'Three'; its spiders: One, Two"),
        ("one_spider_module:other", "has no spider 'other'; its spiders: One"),
        (
            "{folder}/desk_spiders_module.py",
            "name one spider of desk_spiders_module.py after a colon; its spiders: One, Two",
        ),
        ("{folder}/none.py", "there is no file"),
        ("desk-none", "is not a subclass of scrapy.Spider"),
        (
            "desk-third",
            "no entry point 'desk-third' in the group tocsin.spiders (installed: desk-none, desk-second)",
        ),
        ("json:JSONDecoder", "is not a subclass of scrapy.Spider"),
        ("broken_spider_module:One", "ZeroDivisionError: division by zero"),
    ],
)
def test_what_is_wrong_is_said(folder: Path, name: str, words: str) -> None:
    with pytest.raises(SpiderNotLoadedError) as refused:
        load_spider(name.format(folder=folder))
    assert words in str(refused.value)


def test_file_that_changed_is_read_again(folder: Path) -> None:
    path = folder / "one_spider_module.py"
    assert load_spider(str(path)) is load_spider(str(path))
    path.write_text(ONE.replace("first", "changed"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert load_spider(str(path)).name == "changed"


def test_file_may_import_what_stands_beside_it(folder: Path) -> None:
    (folder / "beside").mkdir()
    (folder / "beside" / "shared_names.py").write_text('NAME = "shared"\n', encoding="utf-8")
    path = folder / "beside" / "reader.py"
    source = ONE.replace('"first"', "NAME")
    path.write_text(f"from shared_names import NAME\n{source}", encoding="utf-8")
    before = list(sys.path)
    assert load_spider(str(path)).name == "shared"
    assert sys.path == before
