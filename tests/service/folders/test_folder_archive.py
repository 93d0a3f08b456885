"""A folder's archive: its manifest holds, its entities are FollowTheMoney's, its pages are as they were sent."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from ipaddress import ip_network
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from sqlmodel import Session, select
from warcio.archiveiterator import ArchiveIterator

from crawler.read.evidence import PageKeeper
from crawler.values import Response
from service.actions.errors import ConflictError, InvalidError
from service.actions.folders import (
    close_folder,
    file_address,
    file_item,
    file_page,
    folder_contents,
    folder_shown,
    make_folder,
    reopen_folder,
    take_out,
    write_folder_note,
)
from service.folders.archive import PackedFolder, pack_folder, with_stamp
from service.folders.evidence import EvidenceError
from service.folders.printed import printed_folder
from service.folders.stamping import StampError, time_stamp
from storage.engine import Database
from storage.rows import id_of
from storage.stores.folders.folders import FiledPage
from storage.stores.pruning import Age, prunable_alerts, prunable_articles
from storage.tables import Alert, Article, ArticleState, ArticleVersion, MentionRow
from tests.databases import on_both, on_sqlite
from tests.triaged import add_alert

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BODY = "<html><title>Comuniqué</title>\r\n<p>صيد البحر</p></html>".encode()
PAGE = FiledPage(
    "https://ministry.example/1",
    "https://www.ministry.example/1",
    NOON,
    200,
    "Communiqué",
    "Ministry",
    "The licences are renewed.",
    "fr",
    NOON - timedelta(hours=1),
    {"content-type": "text/html; charset=utf-8", "content-encoding": "gzip"},
    BODY,
)
LOOPBACK = (ip_network("127.0.0.0/8"),)
ARABIC = "ناصر بوريطة يجري مباحثات هاتفية مع نظيرته السنغالية"


def fill(session: Session) -> int:
    """Make a folder of an alert, an article, a page and a note; return the alert."""
    alert = add_alert(session, "Fishing <talks>", text="Nasser Bourita met the delegation in Rabat.")
    other = session.get_one(Alert, add_alert(session, ARABIC, text=f"{ARABIC}."))
    session.get_one(Article, other.article_id).language = "ar"
    row = session.get_one(Alert, alert)
    article = session.get_one(Article, row.article_id)
    article.read_at = NOON
    version = session.exec(select(ArticleVersion).where(ArticleVersion.article_id == row.article_id)).one()
    session.add(
        MentionRow(
            version_id=id_of(version),
            watch_list_id=row.watch_list_id,
            kind="actor",
            name="Nasser Bourita",
            field="text",
            start=0,
            end=14,
            surface="Nasser Bourita",
            rule='alias "Nasser Bourita"',
        )
    )
    session.flush()
    make_folder(session, "Fishing", about="What becomes of it", caller="leila", now=NOON)
    assert file_item(session, "Fishing", "alert", alert, caller="leila", now=NOON)
    assert not file_item(session, "Fishing", "alert", alert, caller="leila", now=NOON)
    assert file_item(session, "Fishing", "article", other.article_id, caller="leila", now=NOON)
    assert file_page(session, "Fishing", PAGE, caller="leila", now=NOON)
    assert not file_page(session, "Fishing", replace(PAGE, title="Read again"), caller="leila", now=NOON)
    write_folder_note(session, "Fishing", "Called the ministry.", caller="leila", now=NOON)
    return alert


@pytest.fixture
def database(storage_url: str) -> Iterator[Database]:
    with Database(storage_url) as opened:
        yield opened


async def kept(url: str, place: str) -> None:
    keeper = PageKeeper(place, keep_for=timedelta(days=30))
    for address, body in ((url, b"<p>as it was sent</p>"), ("https://other.example/", b"not wanted")):
        await keeper.keep(Response(address, address, 200, {"content-type": "text/html"}, body), now=NOON)


def packed(database: Database, place: str) -> PackedFolder:
    with database.write() as session:
        fill(session)
    with database.read() as session:
        contents = folder_contents(session, "Fishing")
    asyncio.run(kept(next(one.url for one in contents.articles if one.read_at), place))
    view = printed_folder(contents, ZoneInfo("Africa/Casablanca"))
    return pack_folder(contents, view, place, NOON)


def unpacked(body: bytes, folder: Path) -> Path:
    with ZipFile(BytesIO(body)) as archive:
        assert archive.testzip() is None
        archive.extractall(folder / "out")
    return folder / "out"


def check(out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"],
        cwd=out,
        capture_output=True,
        text=True,
        check=False,
    )


@on_sqlite
def test_archive_is_what_its_manifest_says(database: Database, tmp_path: Path) -> None:
    out = unpacked(packed(database, str(tmp_path / "kept")).body, tmp_path)
    assert {path.name for path in out.iterdir()} == {
        *("SHA256SUMS", "folder.json", "folder.pdf", "folder.docx", "entities.ftm.json"),
        *("pages.warc.gz", "pages.csv"),
    }
    checked = check(out)
    assert (checked.returncode, checked.stdout.count(": OK")) == (0, 6), checked.stderr
    assert (out / "folder.pdf").read_bytes().startswith(b"%PDF-")
    assert (out / "folder.docx").read_bytes().startswith(b"PK")
    record = json.loads((out / "folder.json").read_text("utf-8"))
    assert [one["title"] for one in record["articles"]] == ["Fishing <talks>", ARABIC]
    assert record["pages"][0]["sha256"] == sha256(BODY).hexdigest()
    pdf = bytearray((out / "folder.pdf").read_bytes())
    pdf[-20] ^= 1
    (out / "folder.pdf").write_bytes(pdf)
    broken = check(out)
    assert broken.returncode == 1
    assert "folder.pdf: FAILED" in broken.stdout


@on_sqlite
def test_entities_are_followthemoneys(database: Database, tmp_path: Path) -> None:
    from followthemoney import model  # here: half a second

    out = unpacked(packed(database, str(tmp_path / "kept")).body, tmp_path)
    lines = (out / "entities.ftm.json").read_text("utf-8").splitlines()
    proxies = [model.get_proxy(json.loads(line), cleaned=False) for line in lines]
    for proxy, line in zip(proxies, lines, strict=True):
        assert proxy.schema.validate(proxy.to_dict()) is None
        given = json.loads(line)["properties"]
        assert {name: len(proxy.get(name)) for name in given} == {name: len(given[name]) for name in given}
    schemas = [proxy.schema.name for proxy in proxies]
    assert schemas == ["Article", "Mention", "Article", "Article"]
    article, mention, arabic, page = proxies
    assert mention.get("document") == [article.id]
    assert mention.get("name") == ["Nasser Bourita"]
    assert (arabic.get("language"), page.get("language")) == (["ara"], ["fra"])


@on_sqlite
@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_pages_are_as_they_were_sent(database: Database, tmp_path: Path, kind: str) -> None:
    place = str(tmp_path / "kept") if kind == "folder" else f"memory://{tmp_path}"
    out = unpacked(packed(database, place).body, tmp_path)
    found = {}
    with (out / "pages.warc.gz").open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            url = record.rec_headers.get_header("WARC-Target-URI")
            assert record.rec_headers.get_header("WARC-Date") == "2026-03-02T12:00:00Z"
            assert record.http_headers.get_header("content-encoding") is None
            found[url] = record.content_stream().read()
    assert found.pop("https://www.ministry.example/1") == BODY
    assert list(found.values()) == [b"<p>as it was sent</p>"]
    table = (out / "pages.csv").read_text("utf-8")
    assert sha256(BODY).hexdigest() in table
    assert "2026-03-02T12:00:00Z" in table


@on_sqlite
def test_archive_without_what_was_kept_is_none(database: Database, tmp_path: Path) -> None:
    (tmp_path / "tocsin-20260302.warc.gz").mkdir()
    with pytest.raises(EvidenceError, match=f"the pages kept in {tmp_path} can't be read: .*Is a directory"):
        packed(database, str(tmp_path))


@on_both
def test_a_closed_folder_stays_as_it_is(database: Database) -> None:
    with database.write() as session:
        alert = fill(session)
        with pytest.raises(InvalidError, match="Say why"):
            close_folder(session, "Fishing", reason=" ", caller="leila", now=NOON)
        closed = close_folder(session, "Fishing", reason="Signed.", caller="leila", now=NOON)
        assert closed.timeline[-1].words in {"Signed.", "Called the ministry."}
        assert {"raised", "came-out", "note", "opened", "closed"} == {one.kind for one in closed.timeline}
        for refused in (
            lambda: file_item(session, "Fishing", "alert", alert, now=NOON),
            lambda: file_page(session, "Fishing", PAGE, now=NOON),
            lambda: write_folder_note(session, "Fishing", "More", now=NOON),
            lambda: take_out(session, closed.items[0].id),
        ):
            with pytest.raises(ConflictError, match="is closed"):
                refused()
        reopen_folder(session, "Fishing")
        assert len(take_out(session, closed.items[0].id).items) == 2
        known = next(one.url for one in folder_contents(session, "Fishing").articles)
        assert file_address(session, "Fishing", known, now=NOON) is None
        assert file_address(session, "Fishing", "https://new.example/1", now=NOON) == "https://new.example/1"


@on_both
def test_what_is_in_a_folder_is_not_pruned(database: Database) -> None:
    with database.write() as session:
        alert = fill(session)
        add_alert(session, "The newest, which always stays")
        for number in range(1, 3):
            session.get_one(Article, session.get_one(Alert, number).article_id).state = ArticleState.MATCHED
        session.flush()
        later = Age(NOON + timedelta(days=400), NOON + timedelta(days=400))
        assert alert not in prunable_alerts(session, later, limit=10)
        session.delete(session.get_one(Alert, 2))
        session.flush()
        filed = {one.id for one in folder_contents(session, "Fishing").articles}
        assert not filed & set(prunable_articles(session, later, limit=10))
        for item in folder_shown(session, "Fishing").items:
            take_out(session, item.id)
        assert alert in prunable_alerts(session, later, limit=10)
        assert filed & set(prunable_articles(session, later, limit=10))


TSA = """
[tsa]
default_tsa = it
[it]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
accuracy = secs:1
"""


def openssl(*words: str) -> bytes:
    return subprocess.run(["openssl", *words], capture_output=True, check=True).stdout


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """Make an authority that stamps: a certificate of its own, for nothing else."""
    (tmp_path / "tsa.cnf").write_text(TSA.format(folder=tmp_path), encoding="utf-8")
    (tmp_path / "serial").write_text("01\n", encoding="utf-8")
    usage = "extendedKeyUsage=critical,timeStamping"
    made = (
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "9",
        "-subj",
        "/CN=Stamps",
        "-addext",
        usage,
    )
    openssl(*made, "-keyout", str(tmp_path / "tsa.key"), "-out", str(tmp_path / "tsa.pem"))
    return tmp_path


async def stamped(folder: Path, data: bytes, *, tampered: bool = False) -> bytes:
    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        (folder / "query.tsq").write_bytes(body)
        query = ("ts", "-reply", "-queryfile", str(folder / "query.tsq"), "-config", str(folder / "tsa.cnf"))
        if tampered:
            (folder / "other").write_bytes(b"something else")
            openssl(
                "ts", "-query", "-data", str(folder / "other"), "-sha512", "-out", str(folder / "query.tsq")
            )
        return web.Response(body=await asyncio.to_thread(openssl, *query))

    application = web.Application()
    application.router.add_post("/", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        return await time_stamp(f"http://127.0.0.1:{port}/", data, allow_networks=LOOPBACK)
    finally:
        await runner.cleanup()


@on_sqlite
def test_manifest_is_stamped_by_an_authority(database: Database, tmp_path: Path, authority: Path) -> None:
    made = packed(database, str(tmp_path / "kept"))
    body = with_stamp(made, asyncio.run(stamped(authority, made.manifest)), NOON)
    out = unpacked(body, tmp_path)
    assert check(out).returncode == 0
    told = openssl(
        *("ts", "-verify", "-data", str(out / "SHA256SUMS"), "-in", str(out / "SHA256SUMS.tsr")),
        *("-CAfile", str(authority / "tsa.pem")),
    )
    assert b"OK" in told or told == b""


def test_a_stamp_of_something_else_is_refused(authority: Path) -> None:
    with pytest.raises(StampError, match="stamped something else"):
        asyncio.run(stamped(authority, b"manifest", tampered=True))


def test_an_authority_that_does_not_answer_is_named() -> None:
    with pytest.raises(StampError, match=r"http://127\.0\.0\.1:9/ could not be reached"):
        asyncio.run(time_stamp("http://127.0.0.1:9/", b"x", allow_networks=LOOPBACK))


def test_an_authority_in_a_private_network_is_refused() -> None:
    with pytest.raises(StampError, match="could not be reached"):
        asyncio.run(time_stamp("http://127.0.0.1:9/", b"x", allow_networks=()))
