"""The worker beside `idp serve`: started by it, started again when it dies, ended with it."""

import logging
import os
import signal
import subprocess
import sys
import threading

log = logging.getLogger("idp.serve")

AGAIN = 3.0
PATIENCE = 8.0


class Beside:
    """One `idp worker` process and the thread that watches it."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._watch = threading.Thread(target=self._run, name="idp-worker-watch", daemon=True)

    def start(self) -> None:
        """Start the worker; it ends by itself when this process is gone."""
        # Here and not in the thread: the server forks next, and its processes would inherit, and
        # keep open, the pipe on which a start at the same moment waits.
        self._process = self._spawn()
        self._watch.start()

    def stop(self) -> None:
        """Ask the worker to finish what it is doing; after a while, insist."""
        with self._lock:
            self._ending.set()
            process = self._process
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _run(self) -> None:
        while process := self._process:
            code = process.wait()
            if self._ending.wait(AGAIN):
                return
            log.error("worker ended, starting it again", extra={"code": code})
            with self._lock:
                if not self._ending.is_set():
                    self._process = self._spawn()

    @staticmethod
    def _spawn() -> subprocess.Popen[bytes]:
        # In a session of its own: Ctrl-C in the terminal reaches it through `stop` alone.
        # -P: a module lying in the working directory must not be imported.
        command = [sys.executable, "-P", "-m", "idp.cli", "worker", "--parent", str(os.getpid())]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - our own command
