"""`tocsin try`: the workbench."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.common import DEFAULT_SETTINGS, SettingsOption, complain, read_settings
from service.cli.trying_spider import spider
from service.workbench import Stage, match_stage, page_stage, run_lines, run_stories, try_feed

app = typer.Typer(
    help="Try one stage on files or standard input: no database, no network. (spider asks its hosts.)",
    no_args_is_help=True,
)

app.command("spider")(spider)

Runner = Callable[[Iterable[str | bytes]], Iterator[dict[str, Any]]]
"""Gives one answer for each line that has one."""
FileArgument = Annotated[Path | None, typer.Argument(help="The file; left out or -, standard input.")]
UrlOption = Annotated[str, typer.Option("--url", help="The address that the document came from.")]
TypeOption = Annotated[str | None, typer.Option("--content-type", help="The Content-Type it came with.")]
LinesOption = Annotated[bool, typer.Option("--jsonl", help="One JSON object a line in, one a line out.")]


@app.command("feed")
def feed(
    file: FileArgument = None,
    url: UrlOption = "",
    content_type: TypeOption = None,
    jsonl: LinesOption = False,
) -> None:
    """Parse a feed.

    Example: tocsin try feed rss.xml --url https://gazette.example/rss
    """
    _run_document(try_feed, file, url, content_type, jsonl=jsonl)


@app.command("page")
def page(
    file: FileArgument = None,
    url: UrlOption = "",
    content_type: TypeOption = None,
    jsonl: LinesOption = False,
) -> None:
    """Extract the article of a page.

    Example: tocsin try page article.html --url https://gazette.example/a/1
    """
    _run_document(page_stage(), file, url, content_type, jsonl=jsonl)


@app.command("match")
def match(
    file: FileArgument = None, settings: SettingsOption = DEFAULT_SETTINGS, jsonl: LinesOption = False
) -> None:
    """Match articles against the watch lists of a settings file. The input is JSON: one object, or one a line with --jsonl.

    Example: echo '{"id": 1, "title": "", "text": "Nasser Bourita spoke."}' | tocsin try match --settings settings.toml
    """
    from alerts.matching import compile_matcher

    loaded = read_settings(settings)
    stage = match_stage(compile_matcher([watch.value() for watch in loaded.watch]))
    _run_json(lambda lines: run_lines(stage, lines), file, jsonl=jsonl)


@app.command("stories")
def stories(file: FileArgument = None, jsonl: LinesOption = False) -> None:
    """Group articles into stories, in the order given. The input is JSON: one object, or one a line with --jsonl.

    The answers come once all is read: two stories may turn out to be one.

    Example: tocsin try stories --jsonl articles.jsonl
    """
    _run_json(run_stories, file, jsonl=jsonl)


def _run_document(
    stage: Stage, file: Path | None, url: str, content_type: str | None, *, jsonl: bool
) -> None:
    if jsonl:
        _run_json(lambda lines: run_lines(stage, lines), file, jsonl=True)
        return
    body = base64.b64encode(_read(file)).decode()
    item = {"id": str(file) if file else "-", "url": url, "body_base64": body, "content_type": content_type}
    _print_one(next(run_lines(stage, [json.dumps(item)])))


def _run_json(run: Runner, file: Path | None, *, jsonl: bool) -> None:
    if not jsonl:
        answers = list(run([_read(file)]))
        if not answers:
            complain("the input is empty: give one JSON object")
            raise typer.Exit(2)
        _print_one(answers[0])
        return
    if file is None or str(file) == "-":
        _print_lines(run, sys.stdin.buffer)
    else:
        with file.open("rb") as lines:
            _print_lines(run, lines)


def _print_lines(run: Runner, lines: Iterable[bytes]) -> None:
    for answer in run(lines):
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _print_one(answer: dict[str, Any]) -> None:
    if "error" in answer:
        complain(answer["error"])
        raise typer.Exit(1)
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")


def _read(file: Path | None) -> bytes:
    if file is None or str(file) == "-":
        return sys.stdin.buffer.read()
    return file.read_bytes()
