"""Messages as entries: their words without their frame, whatever their charset, and documents that come with them."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from docx import Document

from crawler.poll.identity import prepare
from crawler.sources.base import SourceDocument, declare, settings_of, source_of
from crawler.sources.mail.letters import Letter, LetterBatch, MailMarker
from crawler.values import Entry, ParsedFeed
from service.troubles import trouble_words
from tests.conftest import START
from tests.crawler.extract.test_documents import RELEASE, pdf
from tests.newsletters import PARAGRAPHS, SENDER, framed, newsletter


def read(*messages: EmailMessage | bytes, **keys: object) -> ParsedFeed:
    """Return what messages that came one after another say."""
    source = source_of("mail")
    stored = declare("mail", {"from": SENDER, **keys})
    letters = [
        Letter(number, START + timedelta(minutes=number), body, len(body))
        for number, body in enumerate((m if isinstance(m, bytes) else m.as_bytes() for m in messages), 1)
    ]
    batch = LetterBatch(MailMarker(1, len(letters), START), letters)
    settings = settings_of(source, stored.address, stored.settings)
    document = SourceDocument(batch.pack(), stored.address, None, settings, now=START + timedelta(hours=1))
    return prepare(source.read(document), name=stored.address)


def one(message: EmailMessage | bytes, **keys: object) -> Entry:
    (entry,) = read(message, **keys).entries
    return entry


def test_message_is_an_entry_without_its_frame() -> None:
    entry = one(newsletter(id="<7@fisheries.example>", at=START))
    assert (entry.guid, entry.title, entry.author) == (
        "7@fisheries.example",
        "Talks in Rabat",
        "Ministry of Fisheries",
    )
    assert entry.text.split("\n") == list(PARAGRAPHS)
    assert (entry.published, entry.url, entry.has_page) == (START, "", False)


def test_marker_and_title_are_the_state() -> None:
    feed = read(newsletter(), newsletter())
    assert feed.state == {
        "validity": 1,
        "uid": 2,
        "since": START.isoformat(),
        "title": "Ministry of Fisheries",
    }
    assert (feed.is_stream, feed.kind, feed.title) == (True, "mail", "Ministry of Fisheries")


@pytest.mark.parametrize(
    ("block", "stays"),
    [
        pytest.param("<p>Senate passes <a href='https://a.example/1'>the privacy bill in full</a></p>", True, id="headline"),
        pytest.param("<p>Press office: <a href='mailto:press@a.example'>press@a.example</a></p>", True, id="contact"),
        pytest.param("<p><a href='https://a.example/p'>Privacy</a></p>", False, id="legal note"),
        pytest.param("<p><a href='https://a.example/u/1'>Se désabonner</a></p>", False, id="French"),
        pytest.param("<p><a href='https://a.example/u/1'>إلغاء الاشتراك</a></p>", False, id="Arabic"),
        pytest.param("<p>Tell others: <a href='https://www.facebook.com/sharer?u=1'><img alt='f'></a></p>", False, id="sharing"),
        pytest.param("<p style='display: none'>Hidden words</p>", False, id="hidden"),
    ],
)  # fmt: skip
def test_frame_goes_and_text_stays(block: str, stays: bool) -> None:
    lines = one(newsletter(html=framed(*(f"<p>{line}</p>" for line in PARAGRAPHS), block))).text.split("\n")
    assert lines[:2] == list(PARAGRAPHS)
    assert (len(lines) == 3) is stays


def raw(*lines: str, charset: str = "utf-8") -> bytes:
    return "\r\n".join(lines).encode(charset)


@pytest.mark.parametrize(
    ("message", "title", "text"),
    [
        pytest.param(
            raw(f"From: {SENDER}", "Subject: =?windows-1256?B?5dHMyQ==?= x", "Content-Type: text/plain; charset=windows-1256",
                "", "ناصر بوريطة", charset="cp1256"),
            "هرجة x", "ناصر بوريطة", id="Arabic in windows-1256",
        ),
        pytest.param(
            raw(f"From: {SENDER}", "Subject: Ouverture à Rabat", "", "Réunion à Agadir"),
            "Ouverture à Rabat", "Réunion à Agadir", id="raw bytes in a header",
        ),
        pytest.param(
            raw(f"From: {SENDER}", "Subject: =?utf-9?Q?Odd?=", "Content-Type: text/plain; charset=none", "", "Caf\u00e9"),
            "Odd", "Caf\u00e9", id="charsets that nobody knows",
        ),
        pytest.param(
            raw(f"From: {SENDER}", "Subject: Lines", "Content-Type: text/plain; format=flowed", "",
                "The minister has met the ", "delegation.", "", "They spoke."),
            "Lines", "The minister has met the delegation.\nThey spoke.", id="flowed",
        ),
        pytest.param(
            raw(f"From: {SENDER}", "Subject: Habit", "", "The minister of the fisheries has met the delegation of the",
                "union in Rabat.", "", "-- ", "The press office"),
            "Habit", "The minister of the fisheries has met the delegation of the union in Rabat.", id="lines broken by habit",
        ),
        pytest.param(
            raw(f"From: {SENDER}", "Subject: Base64", "Content-Transfer-Encoding: base64", "", "TWluaXN0ZXIgPGI+!"),
            "Base64", "Minister <b>", id="base64 that is broken off",
        ),
        pytest.param(
            raw(f"From: {SENDER}", "", "A message without a subject. It has words."),
            *["A message without a subject. It has words."] * 2, id="no subject",
        ),
        pytest.param(
            raw(f"From: {SENDER}", "Subject: Alternatives", "Content-Type: multipart/alternative; boundary=b", "",
                "--b", "Content-Type: text/plain", "", "The plain words",
                "--b", "Content-Type: text/html", "", "<p>&nbsp;</p>", "--b--"),
            "Alternatives", "The plain words", id="empty HTML",
        ),
    ],
)  # fmt: skip
def test_messages_of_the_real_world_are_read(message: bytes, title: str, text: str) -> None:
    entry = one(message)
    assert (entry.title, entry.text) == (title, text)


def test_date_of_a_wrong_clock_is_not_believed() -> None:
    far, near = newsletter(at=START - timedelta(days=900)), newsletter(at=START - timedelta(hours=5))
    ahead = newsletter(at=START + timedelta(days=2))
    assert [entry.published for entry in read(far, near, ahead).entries] == [
        START + timedelta(minutes=1),
        START - timedelta(hours=5),
        START + timedelta(minutes=3),
    ]


def test_message_without_an_id_is_known_again() -> None:
    message = raw(f"From: {SENDER}", "Subject: Talks", "", "The words")
    first, again = read(message).entries[0], read(newsletter(), message).entries[1]
    assert first.guid == again.guid != ""


def word() -> bytes:
    document = Document()
    document.add_heading("Minister opens new fishing port")
    document.add_paragraph("Leila Benali was there with the delegation.")
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


def with_attachments(*attachments: tuple[str, bytes], html: str | None = None) -> EmailMessage:
    message = newsletter("Press release", "Please find our release attached.", html=html)
    for name, body in attachments:
        message.add_attachment(body, maintype="application", subtype="octet-stream", filename=name)
    return message


def test_documents_follow_the_words_of_their_message() -> None:
    entry = one(
        with_attachments(("communiqué.pdf", pdf(RELEASE)), ("logo.png", b"PNG"), ("release.DOCX", word()))
    )
    lines = entry.text.split("\n")
    assert lines[:2] == ["Please find our release attached.", "Minister opens new fishing port"]
    assert "market hall is open to the public" in entry.text
    assert lines[-2:] == ["Minister opens new fishing port", "Leila Benali was there with the delegation."]


def test_documents_beside_headlines_are_articles_of_their_own() -> None:
    html = framed("<a href='https://fisheries.example/press/7'>Talks resume in Rabat</a>")
    feed = read(with_attachments(("release.docx", word()), html=html), take="headlines")
    assert {(entry.title, entry.url, entry.has_page) for entry in feed.entries} == {
        ("Talks resume in Rabat", "https://fisheries.example/press/7", True),
        ("Minister opens new fishing port", "", False),
    }


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        pytest.param("release.pdf", b"%PDF-1.7 nothing", "release.pdf: this PDF can't be read", id="broken"),
        pytest.param("scan.pdf", pdf([]), "scan.pdf: no text layer", id="scan"),
        pytest.param(
            "release.docx", b"text", "release.docx: this is neither a PDF nor a Word document", id="neither"
        ),
    ],
)
def test_document_that_cannot_be_read_is_told_and_the_message_read(
    name: str, body: bytes, words: str
) -> None:
    feed = read(with_attachments((name, body)))
    assert feed.entries[0].text == "Please find our release attached."
    assert f"an attachment could not be read (Press release): {words}" in trouble_words(feed.problem)


def test_message_of_which_only_the_beginning_came_is_read_and_told() -> None:
    message = newsletter().as_bytes()
    letter = Letter(1, START, message[:600], 20_000_000)
    stored = declare("mail", {"from": SENDER})
    document = SourceDocument(
        LetterBatch(MailMarker(1, 1), [letter]).pack(),
        stored.address,
        None,
        settings_of(source_of("mail"), "", stored.settings),
    )
    feed = source_of("mail").read(document)
    assert len(feed.entries) == 1
    assert (
        "larger than [crawler] max_body allows and was read in part (Talks in Rabat): 20 MB"
        in trouble_words(feed.problem)
    )


def test_batch_is_what_it_was_packed_from() -> None:
    letters = (
        Letter(3, datetime(2026, 1, 1, tzinfo=UTC), b"\n\x00{}", 9),
        Letter(4, datetime(2026, 1, 1, tzinfo=UTC), b"", 0, "gone"),
    )
    batch = LetterBatch(MailMarker(5, 4), letters, {"https://a.example": "https://b.example"})
    assert LetterBatch.unpack(batch.pack()) == batch


@pytest.mark.parametrize(
    "sender", ["news", "news@", 'a"b@c.example', "a b@c.example", "News <news@a.example>"]
)
def test_sender_that_is_no_address_is_refused(sender: str) -> None:
    with pytest.raises(ValueError, match="is not a mail address"):
        declare("mail", {"from": sender})


def test_link_that_counts_readers_is_no_page_however_it_is_written() -> None:
    rows = (
        "<a href='https://click.fisheries.example/c/1\r\n2'>Talks resume in Rabat</a>",
        "<a href=' https://click.fisheries.example/c/3 '>New quotas for hake</a>",
        "<a href='HTTPS://fisheries.example/press/4'>A port opens in Agadir</a>",
    )
    entries = read(newsletter(html=framed(*rows)), take="headlines").entries
    assert {(entry.title, entry.has_page) for entry in entries} == {
        ("Talks resume in Rabat", False),
        ("New quotas for hake", False),
        ("A port opens in Agadir", True),
    }
