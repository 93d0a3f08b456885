"""Logging: one event a step, with what it is about, on standard error. Plain lines for people, JSON where a program reads."""

from __future__ import annotations

import logging
import re
import sys

import structlog

from storage.addresses import masked


def configure_logging(*, verbose: bool = False, as_json: bool = False) -> None:
    """Set up logging for the process; `verbose` shows every step."""
    level = logging.DEBUG if verbose else logging.INFO
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S" if not as_json else "iso", utc=True),
            structlog.processors.format_exc_info,  # plain: the pretty one prints every local variable, secrets too
            _mask,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_args: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_Masked("%(levelname)s %(name)s: %(message)s"))
    for name in ("apscheduler", "trafilatura", "asyncio", "uvicorn"):
        logging.getLogger(name).setLevel(logging.ERROR)


_TOKEN = re.compile(r"\b(whsec_|tocsin_)[A-Za-z0-9+/=_-]{8,}")


def without_secrets(text: str) -> str:
    """Return a text without the logins of URLs, signing secrets and tokens, whoever put them in."""
    return _TOKEN.sub(r"\1***", masked(text))


class _Masked(logging.Formatter):
    """The standard library's lines, of other people's code, likewise."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return without_secrets(super().format(record))


def _mask(
    _logger: structlog.typing.WrappedLogger, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Secrets are never logged on purpose; this is for those inside of errors and addresses."""
    return {key: without_secrets(value) if isinstance(value, str) else value for key, value in event.items()}
