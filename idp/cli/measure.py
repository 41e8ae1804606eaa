"""What a password hash costs on this machine, and what it could cost (`idp check --hash`)."""

import os
import re
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import distribution

import click
from argon2 import PasswordHasher

from idp.cli.checks import Finding, Level
from idp.settings import Settings

# The least that is advised for argon2id (OWASP), in KiB and passes; also our default.
LEAST_MEMORY, LEAST_TIME = 19456, 2
# What the settings take.
MOST_MEMORY, MOST_TIME = 1_048_576, 10
SECOND = 1.0
CLOSE = 0.1


@dataclass(frozen=True)
class Cost:
    """Parameters of argon2id."""

    memory: int
    time: int
    lanes: int

    def hasher(self) -> PasswordHasher:
        """Return what hashes with them."""
        return PasswordHasher(time_cost=self.time, memory_cost=self.memory, parallelism=self.lanes)

    def __str__(self) -> str:
        return f"m={self.memory}, t={self.time}, p={self.lanes}"


class Span(click.ParamType[float]):
    """A time such as `250ms` or `0.5s`."""

    name = "time"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return seconds."""
        form = re.fullmatch(r"\s*([0-9]{1,4}(?:\.[0-9]{1,3})?)\s*(ms|s)\s*", str(value))
        seconds = float(form[1]) / (1000 if form[2] == "ms" else 1) if form else 0
        if not 0.001 <= seconds <= 5:
            self.fail("write a time up to 5 seconds as 250ms or 0.5s", param, ctx)
        return seconds


def findings(settings: Settings, target: float | None) -> Iterator[Finding]:
    """Measure the configured hash alone and on all cores; propose one that takes `target`."""
    password = settings.password
    now = Cost(password.argon2_memory_kib, password.argon2_time, password.argon2_lanes)
    alone = seconds(now)
    speed = f"{1000 * alone:.1f} ms a hash, {1 / alone:.0f} a second on one core"
    yield Finding(Level.OK, "argon2", f"measured {speed} ({now})")
    yield Finding(Level.OK, "argon2", f"{rate(now):.0f} a second with {cores()} cores at work")
    yield Finding(Level.OK, "argon2", build())
    if target is not None:
        yield proposed(replace(now, memory=LEAST_MEMORY, time=LEAST_TIME), target)


def seconds(cost: Cost) -> float:
    """Return how long one hash takes while nothing else is computed: the median of several."""
    hasher, took = cost.hasher(), list[float]()
    hasher.hash("warm")
    while len(took) < 3 or sum(took) < SECOND / 2:
        start = time.perf_counter()
        hasher.hash("measured")
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def rate(cost: Cost) -> float:
    """Return how many hashes a second all cores do together; they share one memory."""
    hasher = cost.hasher()

    def work(_: int) -> int:
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < SECOND:
            hasher.hash("measured")
            count += 1
        return count

    start = time.perf_counter()
    with ThreadPoolExecutor(cores()) as pool:
        done = sum(pool.map(work, range(cores())))
    return done / (time.perf_counter() - start)


def build() -> str:
    """Tell which build of the binding computes, as far as its wheel says so."""
    binding = distribution("argon2-cffi-bindings")
    tags = re.findall(r"^Tag: \S+-(\S+)$", binding.read_text("WHEEL") or "", re.M)
    name = f"argon2-cffi-bindings {binding.version}"
    if any(tag.startswith(("manylinux", "musllinux", "macosx", "win")) for tag in tags):
        return f"{name}, made for any processor; see `make fast-argon2`"
    return f"{name}, made on a machine like this ({', '.join(tags) or 'no wheel'})"


def proposed(least: Cost, target: float) -> Finding:
    """Propose parameters that take so long: memory first, then passes."""
    cost, took = least, seconds(least)
    for _ in range(4):
        if abs(took - target) <= CLOSE * target:
            break
        memory = min(max(int(cost.memory * target / took), LEAST_MEMORY), most_memory())
        again = replace(cost, memory=memory // 1024 * 1024)
        if again == cost:
            break
        cost, took = again, seconds(again)
    if took < (1 - CLOSE) * target:
        cost = replace(cost, time=min(MOST_TIME, max(LEAST_TIME, round(cost.time * target / took))))
        took = seconds(cost)
    words = (
        f"for {1000 * target:.0f} ms: argon2_memory_kib = {cost.memory}, argon2_time = {cost.time}"
        f" (measured {1000 * took:.0f} ms, {rate(cost):.0f} a second with {cores()} cores)"
    )
    slow = took > (1 + CLOSE) * target
    told = f"{words}; less is not advised" if slow else words
    return Finding(Level.WARN if slow else Level.OK, "argon2", told)


def most_memory() -> int:
    """Return how much one hash may take, in KiB: all cores together a quarter of the machine."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024
    return max(LEAST_MEMORY, min(MOST_MEMORY, machine // 4 // cores()))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))
