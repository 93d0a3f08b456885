"""Connections to PostgreSQL: none waits for ever, none makes others wait for ever, and a transaction pooler may stand between.

Whoever stands still, or is cut off, within a transaction loses it, with its locks, after ten seconds; who waits for a lock begins
again after five. Both are the server's to keep, so that they hold though this process does nothing any more.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, SQLAlchemyError
from sqlmodel import Session

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

IMPATIENT = {
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    "statement_timeout": "5min",
}
"""How long a transaction of a stage waits, and makes others wait."""
PATIENT = {
    "lock_timeout": "1min",
    "idle_in_transaction_session_timeout": "10min",
    "statement_timeout": "0",
}
"""The same for what a command does between its statements: reading a million names, writing an export."""
ALIVE = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10s",
}
"""How the server learns that we are cut off; over a Unix socket it counts for nothing."""
RESTED = 1.0
"""Seconds: a connection that nobody used for so long is tried before it is. One that breaks sooner breaks within a transaction,
which is begun again."""
_USED_AT = "tocsin_used_at"
_OF_CLIENT: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "tocsin",
}
"""How we learn that the server is cut off (libpq's names; times in seconds, the last but one in milliseconds)."""
_IN_THE_WAY = frozenset({"40001", "40P01", "55P03", "25P03"})
"""Codes for: can't be serialised, deadlock, a lock was not had, the transaction stood still."""
_EXISTS = "23505"
"""A row of this key exists (by then)."""
_READ_ONLY = "25006"
_POOLED, _DIRECT = "pgbouncer", "direct"
_HOSTS = re.compile(r"^([a-z+]+://(?:[^@/]*@)?)([^@/?]*,[^@/?]*)(.*)$", re.DOTALL)


def with_hosts_apart(url: str) -> str:
    """Return an address with several hosts (`h1:5432,h2:5432`, as libpq takes them) as SQLAlchemy takes it."""
    found = _HOSTS.match(url)
    if found is None:
        return url
    begin, hosts, rest = found.groups()
    query = "&".join(f"host={host}" for host in hosts.split(","))
    return f"{begin}{rest}{'&' if '?' in rest else '?'}{query}"


def postgres_engine(url: URL, *, name: str = "") -> Engine:
    """Make an engine. What the address says of a connection goes before what we say.

    `name` stands behind the application's in each session's name (`tocsin/3f…`): others can end the sessions of a dead service.

    `pgbouncer=true` in the address tells of a pooler by transaction: nothing then outlives a transaction.
    """
    is_pooled = _is_pooled(url)
    url = url.difference_update_query([_POOLED, _DIRECT])
    arguments = {name: value for name, value in _OF_CLIENT.items() if name not in url.query}
    if is_pooled:
        arguments["prepare_threshold"] = None
    else:
        arguments["options"] = _options({**IMPATIENT, **ALIVE}, url.query.get("options", ""))
        application = url.query.get("application_name", _OF_CLIENT["application_name"])
        arguments["application_name"] = f"{application}/{name}" if name else application
        url = url.difference_update_query(["options", "application_name"])
    engine = create_engine(url, connect_args=arguments, hide_parameters=True)
    event.listen(engine, "handle_error", _leave_who_does_not_write)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_try_what_rested, engine))
    if is_pooled:
        event.listen(engine, "begin", _be_impatient)
    return engine


def _note_use(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[_USED_AT] = time.monotonic()


def _try_what_rested(
    engine: Engine,
    connection: DBAPIConnection,
    record: ConnectionPoolEntry,
    _proxy: PoolProxiedConnection,
) -> None:
    """Ask the server for a sign of life on a connection that nobody used for a moment; have it made anew where it gives none."""
    used_at = record.info.get(_USED_AT)
    if used_at is None or time.monotonic() - used_at < RESTED:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError(str(error)) from error


def listening_arguments(url: URL) -> dict[str, Any] | None:
    """Return what psycopg needs for a connection that listens; None where a pooler stands between and no way past it is named.

    `direct=host:port` in the address names the way past: it has the same user, password and database.
    """
    direct = url.query.get(_DIRECT)
    if _is_pooled(url) and direct is None:
        return None
    url = url.difference_update_query([_POOLED, _DIRECT])
    if direct is not None:
        query = {name: value for name, value in url.query.items() if name not in ("host", "port")}
        url = URL.create(
            url.drivername, url.username, url.password, database=url.database, query={**query, "host": direct}
        )
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
    _none, arguments = dialect.create_connect_args(url)  # type: ignore[no-untyped-call]
    options = _options(ALIVE, arguments.pop("options", ""))
    return {**_OF_CLIENT, **arguments, "options": options}


def _options(settings: Mapping[str, str], given: str | tuple[str, ...]) -> str:
    """Return what the server is told at the start of a session: `settings`, and what the address says after them."""
    ours = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return f"{ours} {given if isinstance(given, str) else ' '.join(given)}".strip()


def _is_pooled(url: URL) -> bool:
    return url.query.get(_POOLED, "") in ("true", "1")


def be_patient(session: Session | Connection) -> None:
    """Let this transaction take its time: nobody waits for it but for what it locks."""
    session.execute(_setting(PATIENT))


def wait_for_others(session: Session | Connection) -> None:
    """Let this transaction wait as long as others need for the work that one does at a time."""
    session.execute(_setting({**PATIENT, "lock_timeout": "0"}))


def wait_for_tables_briefly(connection: Connection) -> None:
    """Let this transaction, which may take its time, wait for locks no longer than services at work can wait behind it."""
    connection.execute(_setting({"lock_timeout": IMPATIENT["lock_timeout"]}))


def hold_nobody_up(session: Session | Connection) -> None:
    """Have this transaction lose its locks soon where it stands still, though it is a patient one."""
    session.execute(_setting({"idle_in_transaction_session_timeout": "10s"}))


def lost_a_race(error: DBAPIError) -> bool:
    """Return whether a transaction failed for what others did at the same time: begun again, it may go through."""
    return is_in_the_way(error) or _was_cut_off(error) or getattr(error.orig, "sqlstate", None) == _EXISTS


def is_in_the_way(error: SQLAlchemyError) -> bool:
    """Return whether a transaction failed for locks of others, or stood still: that is no fault of anybody's."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _IN_THE_WAY


def _was_cut_off(error: DBAPIError) -> bool:
    """Return whether the connection was lost at a statement, before the commit: the transaction has surely come to nothing."""
    return error.connection_invalidated and error.statement is not None


def _setting(values: Mapping[str, str]) -> Any:  # noqa: ANN401  (SQLAlchemy's text)
    return text(
        "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in values.items())
    )


def _be_impatient(connection: Connection) -> None:
    """Set for this transaction what the pooler takes from no client at its start."""
    if not getattr(connection.connection.dbapi_connection, "autocommit", False):
        connection.exec_driver_sql(str(_setting(IMPATIENT)))


def _leave_who_does_not_write(context: ExceptionContext) -> None:
    """Give up a connection to a server that became a standby: of several hosts another one takes writes now."""
    if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
        context.is_disconnect = True
