"""Settings: every mistake is named, with its place and what would be right."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.values import Actor, Alias
from service.settings import SettingsError, load_settings, load_watch_file
from storage.units import parse_duration, parse_size
from tests.conftest import ROOT

CHANNEL = '[[channels]]\nname = "c"\ntype = "console"\n'
WATCH = '[[watch]]\nname = "w"\nchannels = ["c"]\n[[watch.actors]]\nname = "a"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(write(folder, text))
    return [
        f"{problem.where.partition('settings.toml')[2]} {problem.message}"
        for problem in caught.value.problems
    ]


def test_shipped_settings_are_good() -> None:
    settings, warnings = load_settings(ROOT / "settings.toml")
    assert warnings == ()
    assert len(settings.outlets) >= 12
    assert {outlet.language for outlet in settings.outlets} == {"en", "fr", "es", "ar"}


def test_empty_file_is_good(tmp_path: Path) -> None:
    settings, _warnings = load_settings(write(tmp_path, ""))
    assert settings.storage.url == "sqlite:///tocsin.db"
    assert settings.crawler.interval == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("[crawler\n", "", "not valid TOML"),
        (
            "[[channels]]\nname = 'a'\ntype = 'console'\nzone = 'Casablanca'\n",
            "zone",
            "'Casablanca' is not a time zone: use a name such as Africa/Casablanca or UTC",
        ),
        (
            "[[channels]]\nname = 'a'\ntype = 'console'\nfallback = {}\n",
            "fallback",
            "must be text, in quotes",
        ),
        ("[crawlr]\n", ":1 crawlr", "did you mean 'crawler'"),
        ("[crawler]\nintervall = '1m'\n", ":2 crawler.intervall", "did you mean 'interval'"),
        ("[crawler]\ninterval = '15 minutess'\n", ":2 crawler.interval", "is not a duration"),
        ("[crawler]\ninterval = 15\n", ":2 crawler.interval", "is not a duration"),
        ("[crawler]\ninterval = '7h'\n", ":1 crawler", "between min_interval and max_interval"),
        ("[crawler]\nconcurrency = 0\n", ":2 crawler.concurrency", "must be 1 or more"),
        ("[crawler]\nallow_networks = ['10.0.0.1/8']\n", ":2 crawler.allow_networks", "has host bits set"),
        ("[crawler]\nmax_body = '10'\n", ":2 crawler.max_body", "is not a size"),
        ("[storage]\nurl = 'mysql://x'\n", ":2 storage.url", "not supported"),
        ("[web]\nlisten = '8080'\n", ":2 web.listen", "host:port"),
        ("[smtp]\nsecurity = 'ssl'\n", ":2 smtp.security", "must be 'none', 'starttls' or 'tls'"),
        ("[smtp]\nsender = 'desk'\n", ":2 smtp.sender", "is not an email address"),
        ("[inbound]\nlisten = '127.0.0.1:2525'\n", ":1 inbound", "name the domain of its addresses"),
        ("[inbound]\nlisten = '2525'\ndomain = 'a.example'\n", ":2 inbound.listen", "host:port"),
        ("[inbound]\ndomain = 'a b'\n", ":2 inbound.domain", "not a domain"),
        (
            "[[outlets]]\nname = 'x'\nsources = [{kind = 'mail'}]\n",
            "sources[0]",
            'say from = "news@fisheries.example" for the mailbox',
        ),
        ("[[outlets]]\nname = 'x'\nsources = [{kind = 'mail', to = 'A b'}]\n", "sources[0].to", "match"),
        ("[imap]\nusername = 'news'\n", ":1 imap", "name the host of the mailbox"),
        ("[imap]\nhost = 'm'\nsecurity = 'ssl'\n", ":3 imap.security", "must be 'tls', 'starttls' or 'none'"),
        (
            "[[outlets]]\nname = 'x'\nsources = [{kind = 'mail', from = 'a@b.example'}]\n",
            ":3 outlets[0].sources",
            "name its host, username and password_file under [imap]",
        ),
        (
            "[imap]\nhost = 'm'\n[[outlets]]\nname = 'x'\nsources = [{kind = 'mail', form = 'a@b.example'}]\n",
            "sources[0].form",
            "did you mean 'from'",
        ),
        ("[crawler]\nkeep_pages_in = 'sea://x'\n", ":2 crawler.keep_pages_in", "sea:// can't be opened"),
        ("[[outlets]]\nname = 'x'\n", ":1 outlets[0]", "name its feeds, or its site"),
        ("[[outlets]]\nname = ' '\nsite = 'https://a.example'\n", ":2 outlets[0].name", "must not be empty"),
        (
            "[[outlets]]\nname = 'x'\nfeeds = 'https://a.example/rss'\n",
            ":3 outlets[0].feeds",
            "must be a list, in brackets: [...]",
        ),
        ("[[outlets]]\nname = 'x'\nfeeds = ['gazette']\n", ":3 outlets[0].feeds", "not a web address"),
        (
            "[[outlets]]\nname = 'x'\nsite = 'https://a.example'\nlanguage = 'English'\n",
            ":4 outlets[0].language",
            "two or three",
        ),
        (
            "[[channels]]\nname = 'x'\ntype = 'sms'\n",
            ":1 channels[0]",
            'type must be one of "amqp", "apprise", "console", "email"',
        ),
        ("[[channels]]\nname = 'x'\n", ":1 channels[0]", "type must be one of"),
        ("channels = ['x']\n", ":1 channels[0]", "must be a table"),
        ("[[channels]]\nname = 'x'\ntype = 'email'\nto = []\n", ":4 channels[0].to", "at least one"),
        ("[[channels]]\nname = 'x'\ntype = 'email'\n", ":1 channels[0].to", "is missing"),
        (
            "[[channels]]\nname = 'x'\ntype = 'email'\nto = 'a@b.example'\nhost = 'smtp.b.example'\n",
            "channels[0]",
            "is set once for all, in [smtp]",
        ),
        (
            "[[channels]]\nname = 'x'\ntype = 'webhook'\nurl = 'https://a.example'\n",
            ":1 channels[0]",
            "needs secret",
        ),
        (
            "[[channels]]\nname = 'x'\ntype = 'console'\nsned = 'hourly'\n",
            ":4 channels[0].sned",
            "did you mean 'send'",
        ),
        (
            "[[channels]]\nname = 'x'\ntype = 'console'\nsend = '08:00 Rabat'\n",
            ":4 channels[0].send",
            "is not a time zone",
        ),
        (CHANNEL + CHANNEL, ":5 channels[1].name", "is taken"),
        (CHANNEL + "[[watch]]\nname = 'w'\nchannels = ['c']\n", ":4 watch[0]", "tracks nothing"),
        (
            CHANNEL + WATCH.replace('["c"]', '["cc"]'),
            ":6 watch[0].channels",
            "no channel 'cc'; did you mean 'c'",
        ),
        (
            CHANNEL + WATCH + "[[watch.actors]]\nname = 'A'\n",
            ":10 watch[0].actors[1].name",
            "is taken in this watch list",
        ),
        (
            CHANNEL + WATCH + "[[watch.topics]]\nname = 't'\nquery = '(a'\n",
            ":11 watch[0].topics[0].query",
            "never closed",
        ),
        (
            CHANNEL + WATCH + "aliases = [{txt = 'b'}]\n",
            ":9 watch[0].actors[0].aliases[0].txt",
            "did you mean 'text'",
        ),
        (
            CHANNEL + WATCH + "aliases = [{exact = true}]\n",
            ":9 watch[0].actors[0].aliases[0].text",
            "is missing",
        ),
        (CHANNEL + WATCH + "aliases = [7]\n", ":9 watch[0].actors[0].aliases[0]", "7 is not an alias: write"),
        (CHANNEL + WATCH + "aliases = ['…']\n", ":9 watch[0].actors[0].aliases[0]", "no letter and no digit"),
        (
            CHANNEL + WATCH + "aliases = ['b', {text = 'c', least = 0}]\n",
            ":9 watch[0].actors[0].aliases[1].least",
            "must be 1 or more",
        ),
        (
            CHANNEL + WATCH + "aliases = [{text = 'c', context = 'd'}]\n",
            ":9 watch[0].actors[0].aliases[0].context",
            "must be a list, in brackets",
        ),
    ],
)
def test_mistake(tmp_path: Path, text: str, place: str, message: str) -> None:
    found = mistakes(tmp_path, text)
    assert any(place in mistake and message in mistake for mistake in found), found


def test_aliases_are_texts_or_tables(tmp_path: Path) -> None:
    table = (
        '{text = "d", exact = true, title = true, weak = true, context = ["x"], exclude = ["d e"], least = 2, '
        "any_order = true}"
    )
    text = f'{CHANNEL}{WATCH}any_order = true\naliases = ["b", {{text = "c"}}, {table}]\n'
    settings, _warnings = load_settings(write(tmp_path, text))
    assert settings.watch[0].value().actors == (
        Actor(
            "a",
            (
                "b",
                "c",
                Alias(
                    "d",
                    exact=True,
                    title=True,
                    weak=True,
                    context=("x",),
                    exclude=("d e",),
                    least=2,
                    any_order=True,
                ),
            ),
            any_order=True,
        ),
    )


def test_file_of_watch_lists_needs_no_channels(tmp_path: Path) -> None:
    text = WATCH.replace('channels = ["c"]\n', "") + WATCH.replace('"w"', '"v"') + "[web]\nlisten = 'x'\n"
    assert [watch.name for watch in load_watch_file(write(tmp_path, text))] == ["w", "v"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[crawler]\n", "no watch list: write one under"),
        ("[[watch]]\nname = 'w'\n", ":1 watch[0]: tracks nothing"),
        (f"{WATCH}surnam = true\n", ":6 watch[0].actors[0].surnam: unknown key; did you mean 'surname'?"),
        ("[[watch]]\nname = 'w'\n[[watch.topics]]\nname = 't'\nquery = '(a'\n", "never closed"),
        ("[[watch]\n", "not valid TOML"),
    ],
)
def test_mistake_in_a_file_of_watch_lists(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_watch_file(write(tmp_path, text))
    assert message in str(caught.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    assert len(mistakes(tmp_path, "[crawler]\ninterval = 'x'\nproxi = ''\n[web]\nlisten = 'x'\n")) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[crawler]\ninterval = '7h'\nproxi = ''\n", "between min_interval and max_interval"),
        ("[[outlets]]\nname = 'x'\nlanguage = 'English'\n", "name its feeds, or its site"),
        ("[[channels]]\nname = 'c'\ntype = 'webhook'\nurl = 'x'\n", "needs secret"),
        (
            "[[channels]]\nname = 'c'\ntype = 'console'\n[[watch]]\nname = ' '\nchannels = ['c']\n",
            "tracks nothing",
        ),
    ],
)
def test_mistake_of_a_table_is_named_beside_a_mistake_of_a_key_in_it(
    tmp_path: Path, text: str, message: str
) -> None:
    found = mistakes(tmp_path, text)
    assert len(found) == 2
    assert message in " ".join(found)


def test_environment_overrides_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_CRAWLER__INTERVAL", "5m")
    monkeypatch.setenv("TOCSIN_SMTP__PASSWORD", "hunter2")
    settings, _warnings = load_settings(write(tmp_path, "[crawler]\ninterval = '10m'\n"))
    assert settings.crawler.interval == timedelta(minutes=5)
    assert settings.smtp.password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)


def test_unknown_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_CRAWLER__INTRVAL", "5m")
    monkeypatch.setenv("TOCSIN_SETTINGS", str(tmp_path / "settings.toml"))
    with pytest.raises(SettingsError, match=r"^TOCSIN_CRAWLER__INTRVAL: .* did you mean 'interval'\?$"):
        load_settings(write(tmp_path, ""))


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file: give one with --settings"):
        load_settings(tmp_path / "none.toml")


@given(st.integers(0, 10**10))
def test_durations_are_the_sum_of_their_parts(milliseconds: int) -> None:
    minutes, rest = divmod(milliseconds, 60_000)
    assert parse_duration(f"{minutes}m{rest}ms") == timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(("text", "size"), [("10MB", 10_000_000), ("500 kB", 500_000), ("1.5mb", 1_500_000)])
def test_size(text: str, size: int) -> None:
    assert parse_size(text) == size


def test_variables_in_deploy_name_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "TOCSIN_STORAGE__URL": "postgresql://tocsin:x@database/tocsin",
        "TOCSIN_WEB__LISTEN": "0.0.0.0:8080",
    }
    text = "".join(path.read_text("utf-8") for path in (ROOT / "deploy").rglob("*") if path.is_file())
    names = set(re.findall(r"\bTOCSIN_\w+", text))
    assert names >= set(values)
    for name in names:
        monkeypatch.setenv(name, values.get(name, "x"))
    settings, _warnings = load_settings(write(tmp_path, ""))
    assert settings.storage.url == values["TOCSIN_STORAGE__URL"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('headers = { "Cookie" = "a=1" }', "Cookie can't be set: use cookies_file"),
        ('headers = { "X Key" = "a" }', "'X Key' is not the name of a header field"),
        ('headers = { "X-Key" = "a\\nb" }', "the value of X-Key must be one line"),
        ('cookies_file = "nowhere.txt"', "nowhere.txt can't be read: No such file"),
        ('cookies_file = "{folder}/settings.toml"', "is not a cookies file"),
        ('ca_file = "{folder}/settings.toml"', "holds no certificates"),
        ("scrapy = { DOWNLOAD_DELAY = 3 }", "DOWNLOAD_DELAY can't be set: use [crawler] per_host_delay"),
    ],
)
def test_what_an_outlet_asks_of_its_requests_is_checked(tmp_path: Path, line: str, message: str) -> None:
    outlet = '[[outlets]]\nname = "a"\nsite = "https://a.example"\n' + line.replace("{folder}", str(tmp_path))
    (found,) = mistakes(tmp_path, outlet)
    assert message in found
    assert "outlets[0]." in found


def test_scrapys_settings_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_CRAWLER__SCRAPY__RETRY_TIMES", "1")
    settings, _warnings = load_settings(write(tmp_path, ""))
    assert settings.crawler.scrapy == {"RETRY_TIMES": "1"}
