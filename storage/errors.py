"""What can go wrong in storage."""

from __future__ import annotations


class StorageError(Exception):
    """The database can't be used; the message says why and what to do."""


class NewerDatabaseError(StorageError):
    """The database was made by a newer Tocsin than this one."""


class OlderDatabaseError(StorageError):
    """The database was made by an older Tocsin, and was not brought to this one's revision yet."""


class OlderServicesError(StorageError):
    """Services of older versions are at work on the database, and could not go on with what it is to become."""


class DatabaseInUseError(StorageError):
    """Another `tocsin run` works on this SQLite database."""
