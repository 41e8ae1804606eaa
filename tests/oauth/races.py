"""Many at once, by real threads."""

import threading
from collections.abc import Callable

THREADS = 4


def four(work: Callable[[], int]) -> list[int]:
    """Run `work` in four threads at once; returns the status codes."""
    gate, results = threading.Barrier(THREADS), list[int]()

    def run() -> None:
        gate.wait()
        results.append(work())

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


def together(deeds: list[Callable[[], object]]) -> None:
    """Do everything at once; a bug in one of them is raised."""
    gate, bugs = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], object]) -> None:
        gate.wait(20)
        try:
            deed()
        except BaseException as bug:
            bugs.append(bug)
            raise

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bugs == []
