"""One JSON object a line, and no token of a link in any of them."""

import json
import logging

import pytest

from idp.cli import logs


def record(name: str, message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    return logging.getLogger(name).makeRecord(
        name, logging.INFO, "file", 1, message, arguments, None, extra=extra
    )


def test_a_line_is_one_object_with_its_facts() -> None:
    line = logs.formatter().format(record("idp.worker", "delivered", row="r1", tries=2))

    told = json.loads(line)
    assert told["event"] == "delivered"
    assert (told["row"], told["tries"], told["logger"]) == ("r1", 2, "idp.worker")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/k/aSecretToken", "/k/***"),
        ("//k//aSecretToken/more", "//k/***/more"),
        ("/k/", "/k/"),
        ("/login", "/login"),
    ],
)
def test_mailed_links_are_masked(path: str, shown: str) -> None:
    assert logs.masked(path) == shown


def test_a_request_becomes_fields() -> None:
    facts = {
        "method": "GET", "path": "/k/aSecretToken\n{}", "status": 200, "dt_ms": 1.26,
        "addr": "10.0.0.1", "query_string": "code=x",
    }  # fmt: skip
    entry = record("granian.access", logs.ACCESS, facts)

    assert logs.Access().filter(entry)
    line = logs.formatter().format(entry)

    told = json.loads(line)
    assert "\n" not in line
    assert "aSecretToken" not in line
    assert (told["method"], told["status"], told["ms"]) == ("GET", 200, 1.3)
    assert "code=x" not in line


def test_other_records_pass_unchanged() -> None:
    entry = record("granian.access", "plain")

    assert logs.Access().filter(entry)
    assert entry.getMessage() == "plain"


def test_all_loggers_can_be_set_up() -> None:
    logs.configure()

    assert len(logging.getLogger().handlers) == 1


def test_the_servers_advice_on_threads_is_dropped_and_nothing_else() -> None:
    advice = "Configuration allows spawning up to 16 Python threads, which seems quite high"
    kept = logs.Settled()

    assert not kept.filter(record("_granian", advice))
    assert kept.filter(record("_granian", "Worker died"))
    assert "settled" in logs.CONFIG["loggers"]["_granian"]["filters"]
