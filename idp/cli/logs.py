"""Logs: one JSON object a line on standard error, without secrets."""

import logging
import logging.config
import re
from typing import Any

import structlog

# The token of a mailed link opens an account: no log keeps it.
LINK = re.compile(r"""(?:/|%2F)k(?:/|%2F)+[^/?#%&\s"'\\<>]+""", re.IGNORECASE)
ACCESS = "%(method)s %(path)s"
# Libraries that tell what they work on: the signs of a letter's font are those of its PIN, and
# statements hold people's data. A level of their own holds whatever the root's is.
QUIET = ("alembic", "fontTools", "fpdf", "PIL", "redis", "sqlalchemy", "urllib3")


class Access(logging.Filter):
    """Turns a line of the server's access log into fields, with mailed links masked."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; nothing is dropped."""
        if isinstance(record.args, dict):
            facts = dict(record.args)
            record.msg, record.args = "request", ()
            record.method, record.status = facts["method"], facts["status"]
            record.path = masked(str(facts["path"]))
            record.ms = round(float(str(facts["dt_ms"])), 1)
            record.address = facts["addr"]
        return True


class Settled(logging.Filter):
    """Drops the server's advice on threads: how many there are, and why, is settled in `serve`."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep everything else."""
        return not record.getMessage().startswith("Configuration allows spawning")


def masked(line: str) -> str:
    """Return a line without the tokens of mailed links."""
    return LINK.sub("/k/***", line)


def formatter() -> logging.Formatter:
    """Return the formatter of all handlers (named in CONFIG)."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.ExtraAdder(),
    ]
    last: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
        # Last, over the whole line: message, facts and exception alike.
        lambda _logger, _name, line: masked(line),
    ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last)


CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "idp.cli.logs.formatter"}},
    "filters": {
        "access": {"()": "idp.cli.logs.Access"},
        "settled": {"()": "idp.cli.logs.Settled"},
    },
    "handlers": {
        "json": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "stream": "ext://sys.stderr",
        }
    },
    "root": {"handlers": ["json"], "level": "INFO"},
    "loggers": {
        **{name: {"level": "WARNING"} for name in QUIET},
        "_granian": {"level": "WARNING", "filters": ["settled"]},
        "granian.access": {"level": "INFO", "filters": ["access"]},
    },
}


def configure() -> None:
    """Log like this in the running process."""
    logging.config.dictConfig(CONFIG)
