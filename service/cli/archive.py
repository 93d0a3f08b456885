"""`tocsin archive`: archives of web pages (WARC), scanned for what is tracked."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from service.actions.archives import PART, StoredFindings, findings_file, scan_plan, store_findings
from service.actions.errors import NotFoundError
from service.actions.exports import ExportFormat
from service.archives.merging import merge
from service.archives.running import Parts, connected, processors, scan_all, totals
from service.archives.scanning import FileScan, ScanPlan
from service.cli.common import DEFAULT_SETTINGS, SettingsOption, complain, counted, provisioned, say
from service.clock import utc_now
from storage.engine import Database

FORMS = {".jsonl": ExportFormat.JSONL, ".csv": ExportFormat.CSV, ".xlsx": ExportFormat.XLSX}

app = typer.Typer(help="Archives of web pages (WARC files).", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Archives of web pages (WARC files)."""


@app.command("scan")
def scan(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|URL…",
            help="WARC files: paths, or what fsspec opens (https://…, s3://…). @LIST: one a line.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Where the findings go: .jsonl, .csv or .xlsx. Parts are kept beside it."
        ),
    ],
    watch: Annotated[
        list[str] | None, typer.Option("--watch", help="Only these watch lists; left out: all.")
    ] = None,
    store: Annotated[
        bool,
        typer.Option(
            "--store", help="Store the articles of followed outlets too, as old news that alerts nobody."
        ),
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Local processes; left out: one a processor.")
    ] = None,
    cluster: Annotated[str | None, typer.Option(help="A Dask scheduler, tcp://host:8786.")] = None,
    adaptive: Annotated[
        str | None, typer.Option(metavar="MIN:MAX", help="Start and end workers as there is work.")
    ] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Scan archives for what the watch lists track; a scan that was ended goes on where it stood.

    Example: tocsin archive scan evidence/*.warc.gz --watch "Sanctions" --output found.xlsx
    """
    form, between = _form(output), _between(adaptive)
    addresses = _addresses(files)
    with provisioned(settings) as (_loaded, database):
        try:
            with database.read() as session:
                plan = scan_plan(session, watch or [], now=utc_now())
        except NotFoundError as error:
            complain(str(error))
            raise typer.Exit(2) from None
        parts = Parts(output.with_name(f"{output.name}.parts"), plan, everything=store)
        before = sum(parts.known(address) is not None for address in addresses)
        scans = _scanned(
            addresses, plan, parts, everything=store, workers=workers, cluster=cluster, adaptive=between
        )
        came = totals(scans, done_before=before)
        everything = merge(scans)
        findings = [finding for finding in everything if finding["mentions"]]
        output.write_bytes(findings_file(findings, form))
        kept = _store(database, everything) if store else None
    say(
        f"{counted(came.files, 'file')} ({came.done_before} done before), {counted(came.pages, 'page')}, "
        f"{counted(came.articles, 'article')}: {counted(len(findings), 'finding')} in {output}"
    )
    if came.unreadable:
        say("No article: " + ", ".join(f"{number} {why}" for why, number in came.unreadable.items()))
    if kept is not None:
        say(
            f"Stored {kept.stored} articles, {kept.known} were known, {kept.strangers} are of outlets that are not followed"
        )
    for problem in came.problems:
        complain(problem)
    if came.problems:
        raise typer.Exit(1)


def _scanned(
    addresses: list[str],
    plan: ScanPlan,
    parts: Parts,
    *,
    everything: bool,
    workers: int | None,
    cluster: str | None,
    adaptive: tuple[int, int] | None,
) -> list[FileScan]:
    """Return what the files have, in their order. Ends the command where there is no Dask, or no cluster."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    scans: dict[str, FileScan] = {}
    connect = partial(connected, cluster, workers=workers or processors(), adaptive=adaptive)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, transient=True, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("files", total=len(addresses))

            def done(scan: FileScan) -> None:
                scans[scan.address] = scan
                progress.advance(task)

            scan_all(connect, addresses, plan, parts, everything=everything, done=done)
    except ModuleNotFoundError as error:
        complain(f"archives need Dask ({error.name} is missing): pip install 'tocsin[cluster]'")
        raise typer.Exit(1) from None
    except (OSError, TimeoutError) as error:
        complain(f"the cluster {cluster} can't be reached: {error or 'no answer within 30 s'}")
        raise typer.Exit(1) from None
    return [scans[address] for address in addresses]


def _store(database: Database, findings: list[dict[str, object]]) -> StoredFindings:
    stored = known = strangers = 0
    for start in range(0, len(findings), PART):
        with database.write() as session:
            part = store_findings(session, findings[start : start + PART], now=utc_now())
        stored, known, strangers = stored + part.stored, known + part.known, strangers + part.strangers
    return StoredFindings(stored, known, strangers)


def _addresses(files: list[str]) -> list[str]:
    """Return the files, each once; `@LIST` stands for the lines of a file."""
    found: list[str] = []
    for file in files:
        if not file.startswith("@"):
            found.append(file)
            continue
        try:
            lines = Path(file[1:]).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            complain(f"{file[1:]}: can't be read: {error}")
            raise typer.Exit(2) from None
        found += [line.strip() for line in lines if line.strip()]
    return list(dict.fromkeys(found))


def _form(output: Path) -> ExportFormat:
    form = FORMS.get(output.suffix.lower())
    if form is None:
        complain(f"--output {output}: the name must end with .jsonl, .csv or .xlsx")
        raise typer.Exit(2)
    return form


def _between(said: str | None) -> tuple[int, int] | None:
    if said is None:
        return None
    least, _colon, most = said.partition(":")
    if not (least.isdigit() and most.isdigit() and 0 < int(most) >= int(least)):
        complain(f"--adaptive {said}: say the least and the most workers, as 1:8")
        raise typer.Exit(2)
    return int(least), int(most)
