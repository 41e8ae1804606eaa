"""The processes of a demo: each in a session of its own, watched, and ended together.

In the terminal's group they would all be interrupted at once, and granian's parent would wait
for a worker that is gone.
"""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 8.0
STEP = 0.05


@dataclass(frozen=True)
class Child:
    """A process of ours; `code` returns None while it lives."""

    name: str
    pid: int
    code: Callable[[], int | None]

    @property
    def lives(self) -> bool:
        """Whether it has not ended yet."""
        return self.code() is None

    def strike(self, number: int) -> None:
        """Send a signal to the process, or with KILL to all that it has started."""
        with contextlib.suppress(ProcessLookupError):
            if number == signal.SIGKILL:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)


class Family:
    """All processes; leaving the `with` block ends them."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.asked_to_end = False

    def __enter__(self) -> "Family":
        """Turn INT, TERM and HUP into a question that `asked_to_end` answers."""
        for number in ENDINGS:
            signal.signal(number, self._ask)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """End everyone: TERM, some patience, KILL."""
        for child in self.children:
            if child.lives:
                child.strike(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and any(child.lives for child in self.children):
            time.sleep(STEP)
        for child in self.children:
            # Also to who has ended: what it started may have outlived it.
            child.strike(signal.SIGKILL)
        while any(child.lives for child in self.children):
            time.sleep(STEP)

    def fork(self, name: str, work: Callable[[], None]) -> None:
        """Run `work` in a copy of this process, which has imported everything already."""
        process = multiprocessing.get_context("fork").Process(target=_alone, args=(work,))
        # Until the copy has signal handling of its own, a signal would be lost in it.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        self.children.append(Child(name, process.pid or 0, lambda: process.exitcode))

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start another program."""
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self.children.append(Child(name, process.pid, process.poll))

    def fallen(self) -> Child | None:
        """Return a child that has ended by itself."""
        return next((child for child in self.children if not child.lives), None)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked_to_end = True


def _alone(work: Callable[[], None]) -> None:
    os.setsid()
    for number in ENDINGS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    work()
