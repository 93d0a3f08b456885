"""A real IMAP server for tests: Debian's Dovecot, an ordinary process on loopback with mailboxes in a folder of its own."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType

import pytest
from imapclient import IMAPClient

from crawler.sources.mail.account import MailAccount

PATIENCE = 30
SETTINGS = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
log_path = {folder}/log
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail/%u
mailbox_list_index = no
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/passwords
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
protocol imap {{
  mail_max_userip_connections = 50
  {capability}
}}
"""
WITHOUT_IDLE = "imap_capability = IMAP4rev1 SASL-IR LITERAL+ ID ENABLE UIDPLUS CHILDREN NAMESPACE"


class ImapServer:
    """A server that runs while the context is open. Each user is made by the first login; `password` is everybody's."""

    def __init__(self, *, idle: bool = True, certificate: tuple[Path, Path] | None = None) -> None:
        self.password = "correct horse"
        self.port, self._other = free_port(), free_port()
        self.host = "127.0.0.1"
        self._is_tls = certificate is not None
        self._certificate = certificate
        self._idle = idle

    def __enter__(self) -> ImapServer:
        # not in pytest's folder: that is closed to the user under which the server runs when root runs the tests
        self.folder = Path(tempfile.mkdtemp(prefix="tocsin-imap-"))
        self.folder.chmod(0o755)
        self._write()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start it, and wait until it greets."""
        is_root = os.geteuid() == 0
        self._process = subprocess.Popen(
            [dovecot(), "-F", "-c", self.folder / "dovecot.conf"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "errors").open("ab"),
            start_new_session=True,
            user=self._user.pw_uid if is_root else None,
            group=self._user.pw_gid if is_root else None,
            extra_groups=[] if is_root else None,
        )
        end = time.monotonic() + PATIENCE
        while not self._greets():
            if self._process.poll() is not None or time.monotonic() > end:
                said = [
                    path.read_text("utf-8")
                    for path in (self.folder / "errors", self.folder / "log")
                    if path.exists()
                ]
                raise RuntimeError("the IMAP server does not start: " + "\n".join(said))
            time.sleep(0.02)

    def stop(self) -> None:
        """End it at once, with every session, as a crash would."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE)

    def restart(self) -> None:
        """Stop it, end every session, and start it again."""
        self.stop()
        self.start()

    def accept(self, password: str) -> None:
        """Have everybody log in by another password from now on."""
        self.password = password
        self._write_passwords()
        self.restart()  # it looks at the file's time, which has whole seconds

    def account(self, user: str, **other: object) -> MailAccount:
        """Return a user's account."""
        security = other.get("security", "tls" if self._is_tls else "none")
        port = self.port if security == "tls" else self._plain
        keys = {"password": self.password, "security": security, "port": port, **other}
        return MailAccount(self.host, user, **keys)  # type: ignore[arg-type]

    def deliver(
        self, user: str, *messages: EmailMessage | bytes, folder: str = "INBOX", at: datetime | None = None
    ) -> None:
        """Put messages into a user's folder, which is made where it is not there."""
        with self.client(user) as client:
            if folder != "INBOX" and not client.folder_exists(folder):
                client.create_folder(folder)
            for message in messages:
                body = message if isinstance(message, bytes) else message.as_bytes()
                client.append(folder, body, msg_time=at or datetime.now(UTC))

    @contextmanager
    def client(self, user: str) -> Iterator[IMAPClient]:
        """Log in as the reader of a mailbox does."""
        with IMAPClient(self.host, port=self._plain, ssl=False) as client:
            client.login(user, self.password)
            yield client

    def number_anew(self, user: str) -> None:
        """Have a user's folder number its messages anew, as after a move to another server."""
        self.stop()
        for path in (self.folder / "mail" / user).rglob("dovecot*"):
            if path.name != "dovecot-uidlist":
                path.unlink()
                continue
            version, validity, *_rest = path.read_text("ascii").split("\n", 1)[0].split()
            # the server would take the second that it is, which may be that in which the folder was made
            path.write_text(f"{version} V{int(validity[1:]) + 1} N1 G{secrets.token_hex(16)}\n", "ascii")
        self.start()

    @property
    def _plain(self) -> int:
        return self._other if self._is_tls else self.port

    @property
    def _user(self) -> pwd.struct_passwd:
        return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._plain), timeout=PATIENCE) as connection:
                return connection.recv(4) == b"* OK"
        except OSError:
            return False

    def _write(self) -> None:
        import grp

        keys = ""
        if self._certificate is not None:
            keys = "".join(f"ssl_{name} = <{self.folder}/{name}.pem\n" for name in ("cert", "key"))
            for name, path in zip(("cert", "key"), self._certificate, strict=True):
                shutil.copy(path, self.folder / f"{name}.pem")
        (self.folder / "dovecot.conf").write_text(
            SETTINGS.format(
                folder=self.folder,
                ssl="yes" if self._is_tls else "no",
                certificate=keys,
                user=self._user.pw_name,
                group=grp.getgrgid(self._user.pw_gid).gr_name,
                plain=self._plain,
                tls=self.port if self._is_tls else 0,
                capability="" if self._idle else WITHOUT_IDLE,
            ),
            "utf-8",
        )
        self._write_passwords()
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _write_passwords(self) -> None:
        users = (f"{name}:{self.password}\n" for name in ("news", "other", "third"))
        (self.folder / "passwords").write_text("".join(users), "utf-8")


def dovecot() -> str:
    """Return where the server's program is; tests that need it are skipped without it, but fail in CI."""
    path = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no dovecot: apt-get install dovecot-imapd")
        pytest.skip("there is no dovecot: apt-get install dovecot-imapd")
    return path


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
