"""Sessions with a real IMAP server: encrypted, with any password, and with the right words where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from crawler.errors import FetchError
from crawler.sources.mail import imap
from crawler.sources.mail.account import MailAccount
from crawler.sources.mail.imap import ImapSession
from tests.certificates import Certificate, make_certificate
from tests.imap_server import ImapServer, free_port
from tests.newsletters import SENDER, newsletter


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("imap"))


@pytest.fixture(scope="module")
def secure(certificate: Certificate) -> Iterator[ImapServer]:
    with ImapServer(certificate=(certificate.path, certificate.path.parent / "key.pem")) as server:
        server.deliver("news", newsletter())
        yield server


@pytest.fixture(scope="module")
def plain() -> Iterator[ImapServer]:
    with ImapServer() as server:
        yield server


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_private_authority_is_trusted_where_it_is_given(
    secure: ImapServer, certificate: Certificate, security: str
) -> None:
    session = ImapSession(secure.account("news", security=security, ca_file=certificate.path))
    assert len(session.new_letters(SENDER, None).letters) == 1
    session.close()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_certificate_that_nobody_vouches_for_is_refused(secure: ImapServer, security: str) -> None:
    with pytest.raises(FetchError, match="is not valid: self-signed certificate; its authority can be given"):
        ImapSession(secure.account("news", security=security))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            lambda a: replace(a, security="tls"), 'security may be "starttls"', id="no TLS at the port"
        ),
        pytest.param(lambda a: replace(a, security="starttls"), "does not offer STARTTLS", id="no STARTTLS"),
        pytest.param(lambda a: replace(a, port=free_port()), "Connection refused", id="nobody there"),
        pytest.param(lambda a: replace(a, host="mail.invalid"), "can't be found", id="no such host"),
        pytest.param(
            lambda a: replace(a, username="nobody"), "refused the login of nobody", id="no such user"
        ),
        pytest.param(lambda a: replace(a, password="hunter2"), "refused the login of news", id="password"),
        pytest.param(lambda a: replace(a, folder="Inbix"), "did you mean 'INBOX'?", id="folder"),
    ],
)
def test_what_is_wrong_is_said_without_the_password(
    plain: ImapServer, change: Callable[[MailAccount], MailAccount], words: str
) -> None:
    account = change(plain.account("news"))
    with pytest.raises(FetchError) as caught:
        ImapSession(account)
    assert words in str(caught.value)
    assert account.password not in f"{caught.value} {caught.value.trouble} {account!r}"


def test_password_may_have_any_letters(plain: ImapServer) -> None:
    plain.accept("pässwörd ☂")
    session = ImapSession(plain.account("third"))
    assert session.new_letters(SENDER, None).letters == ()
    session.close()
    plain.accept("correct horse")


def test_many_messages_come_in_parts_and_each_once(
    plain: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "MOST_LETTERS", 9)
    session = ImapSession(plain.account("other"))
    marker = session.new_letters(SENDER, None).marker
    plain.deliver("other", *(newsletter(f"Number {number}", "Words.") for number in range(9 + 7)))
    uids: list[int] = []
    sizes = []
    for _poll in range(3):
        batch = session.new_letters(SENDER, marker)
        marker = batch.marker
        sizes.append(len(batch.letters))
        uids += [letter.uid for letter in batch.letters]
    assert sizes == [9, 7, 0]
    assert uids == sorted(set(uids))
    session.close()


def test_large_message_comes_in_part(plain: ImapServer) -> None:
    plain.deliver("third", newsletter("Large", "x" * 5_000))
    session = ImapSession(plain.account("third", max_letter_bytes=1_000))
    (letter,) = session.new_letters(SENDER, None).letters
    assert len(letter.body) == 1_000 < letter.size
    session.close()
