"""Hosts whose names IDNA 2003 and 2008 write differently (faß is not fass) get keys of their own

Revision: 0016
Follows: 0015
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

import idna
import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

DEVIATE = "ßẞς\u200c\u200d"
"""The characters that IDNA 2003 changed or dropped, and 2008 keeps (UTS #46, deviations)."""
PORTS = {"http": 80, "https": 443}

_article = sa.table("article", *map(sa.column, ("id", "host_id", "url", "canonical_url", "declared_url")))
_host = sa.table(
    "host", sa.column("id", sa.Integer), sa.column("name", sa.Text), sa.column("throttled", sa.Integer)
)


def upgrade() -> None:
    """Go one revision up. The published address tells which of the two hosts an article or a feed is of."""
    connection = op.get_bind()
    for row in _affected(connection, _article, "url"):
        old, new = urlsplit(row.canonical_url), urlsplit(row.url)
        host = _host_2008(new.hostname or "")
        if host is None:
            continue
        key = urlunsplit(old._replace(netloc=_netloc(host, old.port, "https")))
        taken = connection.execute(sa.select(_article.c.id).where(_article.c.canonical_url == key)).first()
        if (
            taken is not None
        ):  # the other one is the same article, found by its name in ASCII: this one keeps out of its way
            key = f"{key}#!{row.id}"
        changes = {"canonical_url": key, "host_id": _host_id(connection, _netloc(host, new.port, new.scheme))}
        if row.declared_url and urlsplit(row.declared_url).netloc == old.netloc:
            changes["declared_url"] = urlunsplit(
                urlsplit(row.declared_url)._replace(netloc=urlsplit(key).netloc)
            )
        connection.execute(sa.update(_article).where(_article.c.id == row.id).values(changes))
    for name, address in (("feed", "address"), ("subscription", "hub")):
        table = sa.table(name, *map(sa.column, ("id", "host_id", address)))
        for row in _affected(connection, table, address):
            parts = urlsplit(row._mapping[address])
            host = _host_2008(parts.hostname or "")
            if host is not None:
                there = _host_id(connection, _netloc(host, parts.port, parts.scheme))
                connection.execute(sa.update(table).where(table.c.id == row.id).values(host_id=there))


def _affected(
    connection: sa.Connection, table: sa.TableClause, address: str
) -> Iterable[sa.Row[tuple[object, ...]]]:
    has_one = sa.or_(*(table.c[address].contains(letter) for letter in DEVIATE))
    return connection.execute(sa.select(table).where(has_one)).all()


def _host_2008(name: str) -> str | None:
    """Return the host's name as it is dialled; None where it has none of the characters, or can't be written."""
    if not any(letter in name for letter in DEVIATE):
        return None
    try:
        return idna.encode(name, uts46=True).decode("ascii").rstrip(".")
    except UnicodeError:
        return None


def _netloc(host: str, port: int | None, scheme: str) -> str:
    return host if port is None or port == PORTS.get(scheme) else f"{host}:{port}"


def _host_id(connection: sa.Connection, name: str) -> int:
    wanted = sa.select(_host.c.id).where(_host.c.name == name)
    found = connection.execute(wanted).scalar()
    if found is None:
        connection.execute(sa.insert(_host).values(name=name, throttled=0))
        found = connection.execute(wanted).scalar_one()
    return int(found)
