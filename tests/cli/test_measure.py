"""What `idp check --hash` says about hashes on this machine."""

import re
from collections.abc import Callable

import click
import pytest

from idp.cli import measure
from idp.cli.checks import Level
from idp.cli.measure import Cost, Span
from tests.cli.conftest import Run

LEAST = Cost(measure.LEAST_MEMORY, measure.LEAST_TIME, 1)


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "SECOND", 0.01)


def takes(
    monkeypatch: pytest.MonkeyPatch, seconds: Callable[[Cost], float], memory: int = 1_048_576
) -> None:
    """Pretend a machine on which hashes take so long."""
    monkeypatch.setattr(measure, "seconds", seconds)
    monkeypatch.setattr(measure, "rate", lambda _: 7.0)
    monkeypatch.setattr(measure, "most_memory", lambda: memory)


def linear(cost: Cost) -> float:
    """15 ms for the least, and in proportion."""
    return 0.015 * cost.memory * cost.time / (measure.LEAST_MEMORY * measure.LEAST_TIME)


def parts(text: str) -> list[int]:
    """Return target, memory, passes and milliseconds of a proposal."""
    return [int(number) for number in re.findall(r"(?<![a-z])\d+", text)][:4]


def test_the_machine_is_measured_alone_and_at_work(installed: Run) -> None:
    lines = [line for line in installed("check", "--hash").output.splitlines() if "argon2" in line]

    assert re.search(
        r"measured [\d.]+ ms a hash, \d+ a second on one core \(m=8, t=1, p=1\)", lines[0]
    )
    assert re.search(r"\d+ a second with \d+ cores at work", lines[1])
    assert re.search(r"argon2-cffi-bindings \d+\.", lines[2])
    assert len(lines) == 3


def test_a_wanted_time_is_measured_too(installed: Run) -> None:
    result = installed("check", "--target", "40ms")

    assert "for 40 ms: argon2_memory_kib = " in result.output


def test_without_being_asked_nothing_is_measured(installed: Run) -> None:
    assert "argon2" not in installed("check").output


@pytest.mark.parametrize("target", [0.03, 0.1, 0.25, 0.5])
def test_memory_is_proposed_first(monkeypatch: pytest.MonkeyPatch, target: float) -> None:
    takes(monkeypatch, linear)

    found = measure.proposed(LEAST, target)

    wanted, memory, passes, took = parts(found.text)
    assert (found.level, wanted, passes) == (Level.OK, round(1000 * target), 2)
    assert memory % 1024 == 0
    assert took == pytest.approx(1000 * target, rel=0.15)


def test_passes_are_proposed_where_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    takes(monkeypatch, linear, memory=65536)

    wanted, memory, passes, took = parts(measure.proposed(LEAST, 0.25).text)

    assert (memory, passes) == (65536, 10)
    assert took == pytest.approx(wanted, rel=0.15)


def test_less_than_is_advised_is_never_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    takes(monkeypatch, lambda cost: 10 * linear(cost))

    found = measure.proposed(LEAST, 0.05)

    assert found.level == Level.WARN
    assert parts(found.text)[1:3] == [measure.LEAST_MEMORY, measure.LEAST_TIME]
    assert found.text.endswith("; less is not advised")


def test_all_cores_together_take_a_quarter_of_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure.os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**20}.get)
    monkeypatch.setattr(measure, "cores", lambda: 4)
    assert measure.most_memory() == 262_144

    monkeypatch.setattr(measure, "cores", lambda: 512)
    assert measure.most_memory() == measure.LEAST_MEMORY


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("250 ms", 0.25), ("0.5s", 0.5), ("5s", 5), (" 1ms ", 0.001)],
)
def test_times_are_written_as_people_do(text: str, seconds: float) -> None:
    assert Span().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "250", "6s", "0ms", "-1s", "1h", "1e3ms", "ms"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="250ms"):
        Span().convert(text, None, None)


@pytest.mark.parametrize(
    ("wheel", "told"),
    [
        ("Tag: cp310-abi3-manylinux_2_28_x86_64\n", "made for any processor"),
        ("Tag: cp310-abi3-linux_x86_64\n", "made on a machine like this (linux_x86_64)"),
        (None, "made on a machine like this (no wheel)"),
    ],
)
def test_the_build_of_the_binding_is_told_by_its_wheel(
    monkeypatch: pytest.MonkeyPatch, wheel: str | None, told: str
) -> None:
    class Installed:
        version = "26.2.0"

        def read_text(self, _name: str) -> str | None:
            return wheel

    monkeypatch.setattr(measure, "distribution", lambda _: Installed())

    assert told in measure.build()
