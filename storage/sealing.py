"""Secrets sealed in the database: with a key that lies elsewhere, so that who has a backup has no password out of it.

Sealed is what Tocsin must know again, typed on the page, given to the API or made by itself: channels' settings, outlets' own
access, the secrets of second factors, the key of the links that we sign, what hubs sign with. (Passwords and tokens are stored as
hashes.) The key file has one key a line: the first seals, all open. Fernet (AES-128 in CBC mode with HMAC-SHA256) of the
cryptography library.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import JSON, Column, Dialect, LargeBinary, String, Table, Text, select, type_coerce, update
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Session, SQLModel

from storage.errors import StorageError
from storage.types import json_type

_SEALED = "sealed"
SEALER = "sealer"
"""What a dialect has it as."""
_TEXT = "sealed:"


class SealingError(StorageError):
    """A key file can't be used, or the key of what is sealed is not there."""


class Sealer:
    """Seals and opens by the keys of a file. Raises `SealingError` where it can't be used."""

    def __init__(self, path: Path) -> None:
        try:
            from cryptography.fernet import (  # here: an extra, and it loads a large library
                Fernet,
                MultiFernet,
            )
        except ImportError:
            raise SealingError("key_file needs a library: pip install 'tocsin[seal]'") from None
        try:
            keys = path.read_text("ascii").split()
            self._keys = MultiFernet([Fernet(key) for key in keys])
        except OSError as error:
            raise SealingError(f"key_file {path} can't be read: {error.strerror}") from None
        except ValueError:
            raise SealingError(
                f"key_file {path} holds no keys: one a line, as `tocsin db key FILE` writes them"
            ) from None

    def seal(self, value: bytes) -> str:
        """Return bytes sealed with the first key."""
        return self._keys.encrypt(value).decode()

    def open(self, sealed: str) -> bytes:
        """Return what was sealed with any of the keys. Raises `SealingError`."""
        from cryptography.fernet import InvalidToken

        try:
            return self._keys.decrypt(sealed)
        except InvalidToken:
            raise SealingError(
                "a secret in the database was sealed with another key than those of [storage] key_file: put its key back there"
            ) from None


def write_key(path: Path) -> None:
    """Write a new key into a file that is not there yet, for its owner alone. Raises `SealingError`."""
    try:
        from cryptography.fernet import Fernet
    except ImportError:
        raise SealingError("keys need a library: pip install 'tocsin[seal]'") from None
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(Fernet.generate_key() + b"\n")
    except FileExistsError:
        raise SealingError(f"{path} exists already: name a file that does not") from None
    except OSError as error:
        raise SealingError(f"{path} can't be written: {error.strerror}") from None


def seal_again(session: Session) -> int:
    """Seal all secrets again, with the first key; return in how many places. Without a key there is nothing to do."""
    with _leaving_no_trace(session):
        return sum(_sealed_again(session, table, column) for table, column in _sealed_columns())


def seal_what_is_open(session: Session) -> int:
    """Seal what is stored open, of the time before there was a key; return how much that was."""
    with _leaving_no_trace(session):
        return sum(
            _sealed_again(session, table, column, open_alone=True) for table, column in _sealed_columns()
        )


@contextmanager
def _leaving_no_trace(session: Session) -> Iterator[None]:
    """Have SQLite overwrite what is replaced: in its file it would lie on, and in each copy of it."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA secure_delete").scalar_one()  # some builds always do
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    yield
    connection.exec_driver_sql(f"PRAGMA secure_delete = {int(before)}")


def _sealed_again(session: Session, table: Table, column: Column[Any], *, open_alone: bool = False) -> int:
    if sealer_of(session.connection().dialect) is None:
        return 0
    number = table.c.id
    rows = session.execute(
        select(number, type_coerce(column, stored_as(column.type)), column)
        .where(column.is_not(None))
        .with_for_update()
    )
    count = 0
    for which, stored, value in rows.all():
        if value and not (open_alone and _is_sealed(stored)):
            session.execute(update(table).where(number == which).values({column: value}))
            count += 1
    return count


def _sealed_columns() -> Iterator[tuple[Table, Column[Any]]]:
    for table in SQLModel.metadata.sorted_tables:
        yield from ((table, column) for column in table.columns if isinstance(column.type, SEALED))


def stored_as(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type that sealed columns of a kind have in the database."""
    return json_type() if isinstance(kind, SealedJson) else cast("TypeDecorator[Any]", kind).impl_instance


def _is_sealed(stored: Any) -> bool:  # noqa: ANN401  (JSON, text or bytes)
    match stored:
        case dict():
            return stored.keys() == {_SEALED}
        case bytes():
            return stored.startswith(_TEXT.encode())
        case _:
            return str(stored).startswith(_TEXT)


def sealer_of(dialect: Dialect) -> Sealer | None:
    """Return what seals and opens on a database; None where no key was given."""
    return getattr(dialect, SEALER, None)


def give_sealer(dialect: Dialect, sealer: Sealer | None) -> None:
    """Have what is stored and read by this dialect sealed and opened."""
    setattr(dialect, SEALER, sealer)


def _needed(dialect: Dialect) -> Sealer:
    if (sealer := sealer_of(dialect)) is None:
        raise SealingError("the secrets in this database are sealed: name their key as [storage] key_file")
    return sealer


class SealedJson(TypeDecorator[dict[str, Any]]):
    """JSON of which nothing can be read without the key, where there is one. Nothing is sealed of an empty object."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return JSONB on PostgreSQL."""
        return json_type()

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> dict[str, Any] | None:
        """Seal."""
        sealer = sealer_of(dialect)
        if not value or sealer is None:
            return value
        return {_SEALED: sealer.seal(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))}

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> dict[str, Any] | None:
        """Open."""
        if not isinstance(value, dict) or not _is_sealed(value):
            return value
        opened: dict[str, Any] = json.loads(_needed(dialect).open(value[_SEALED]))
        return opened


class SealedText(TypeDecorator[str]):
    """Text that can't be read without the key, where there is one."""

    impl: Any = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal."""
        sealer = sealer_of(dialect)
        return value if not value or sealer is None else _TEXT + sealer.seal(value.encode())

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Open."""
        if value is None or not _is_sealed(value):
            return value
        return _needed(dialect).open(value.removeprefix(_TEXT)).decode()


class SealedString(SealedText):
    """The same in a column of another type."""

    impl: Any = String
    cache_ok = True


class SealedBytes(TypeDecorator[bytes]):
    """Bytes that can't be read without the key, where there is one."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Seal."""
        sealer = sealer_of(dialect)
        return value if not value or sealer is None else (_TEXT + sealer.seal(value)).encode()

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Open."""
        if value is None or not _is_sealed(value):
            return value
        return _needed(dialect).open(value.decode().removeprefix(_TEXT))


SEALED = (SealedJson, SealedText, SealedBytes)
