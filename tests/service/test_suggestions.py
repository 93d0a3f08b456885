"""`tocsin watch suggest`: against a server on loopback that answers as Wikidata does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner
from typing_extensions import override

from service.cli.app import app

SEARCH = {
    "searchinfo": {"search": "Nasser Bourita"},
    "search": [{"id": "Q19284395", "label": "Nasser Bourita", "match": {"type": "label", "language": "en"}}],
    "success": 1,
}
ENTITIES = {
    "entities": {
        "Q19284395": {
            "type": "item",
            "id": "Q19284395",
            "labels": {
                "en": {"language": "en", "value": "Nasser Bourita"},
                "ar": {"language": "ar", "value": "ناصر بوريطة"},
            },
            "descriptions": {"en": {"language": "en", "value": "Moroccan politician"}},
            "aliases": {"fr": [{"language": "fr", "value": "Nacer Bourita"}]},
        }
    },
    "success": 1,
}


class Wikidata(BaseHTTPRequestHandler):
    """Answers with what is set for an action, and keeps what it was asked."""

    answers: ClassVar[dict[str, object]] = {}
    asked: ClassVar[list[dict[str, list[str]]]] = []

    def do_GET(self) -> None:
        wanted = parse_qs(urlsplit(self.path).query)
        self.asked.append(wanted)
        body = json.dumps(self.answers[wanted["action"][0]]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def wikidata() -> Iterator[str]:
    Wikidata.answers, Wikidata.asked = {"wbsearchentities": SEARCH, "wbgetentities": ENTITIES}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Wikidata)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/w/api.php"
    server.shutdown()
    server.server_close()


def suggested(folder: Path, address: str, *words: str) -> tuple[list[dict[str, str]], str]:
    path = folder / "settings.toml"
    path.write_text(
        f'[storage]\nurl = "sqlite:///{folder}/t.db"\n[service]\nwikidata = "{address}"\n'
        '[crawler]\nallow_networks = ["127.0.0.1/32"]\n[[channels]]\nname = "out"\ntype = "console"\n'
        '[[watch]]\nname = "W"\nchannels = ["out"]\nlanguages = ["en", "fr", "ar"]\n'
        '[[watch.actors]]\nname = "Nasser Bourita"\naliases = ["Nasser Burita"]\n',
        encoding="utf-8",
    )
    path.chmod(0o600)
    result = CliRunner().invoke(
        app, ["watch", "suggest", "Nasser Bourita", "--json", "--settings", str(path), *words]
    )
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout), result.stderr


def test_spellings_say_where_they_are_from(tmp_path: Path, wikidata: str) -> None:
    spellings, _warnings = suggested(tmp_path, wikidata, "--list", "W")
    sources = {item["text"]: (item["source"], item["detail"]) for item in spellings}
    assert sources["ناصر بوريطة"] == ("wikidata", "Q19284395, ar: Moroccan politician")
    assert sources["Nacer Bourita"] == ("wikidata", "Q19284395, fr: Moroccan politician")
    assert sources["Насер Бурита"] == ("transliteration", "latin to cyrillic")
    assert "Nasser Bourita" not in sources
    assert "Nasser Burita" not in sources  # the actor has it
    assert Wikidata.asked[1]["languages"] == ["en|fr|ar"]


@pytest.mark.parametrize("words", [("--offline",), ()])
def test_without_wikidata_the_rest_is_proposed(tmp_path: Path, wikidata: str, words: tuple[str, ...]) -> None:
    spellings, _warnings = suggested(tmp_path, wikidata if words else "", *words)
    assert {item["source"] for item in spellings} == {"transliteration"}
    assert Wikidata.asked == []


def test_wikidata_that_fails_is_a_warning(tmp_path: Path, wikidata: str) -> None:
    Wikidata.answers = {"wbsearchentities": {"error": {"code": "maxlag"}}}
    spellings, warnings = suggested(tmp_path, wikidata)
    assert spellings
    assert "Wikidata could not be asked" in warnings


def test_names_of_a_file_are_proposed(tmp_path: Path) -> None:
    people = tmp_path / "people.ftm.json"
    entities = [
        {
            "id": "a",
            "schema": "Person",
            "properties": {"name": ["Nasser Bourita"], "alias": ["نصر بوريطة", "N. Burita"]},
        },
        {"id": "b", "schema": "Person", "properties": {"name": ["Leila Benali"], "alias": ["ليلى بنعلي"]}},
    ]
    people.write_text("".join(f"{json.dumps(entity)}\n" for entity in entities), encoding="utf-8")
    spellings, _warnings = suggested(tmp_path, "", "--list", "W", "--names", str(people))
    assert [(item["text"], item["detail"]) for item in spellings if item["source"] == "file"] == [
        ("نصر بوريطة", "line 1"),
        ("N. Burita", "line 1"),
    ]
