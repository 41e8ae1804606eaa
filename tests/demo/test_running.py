"""Demos as processes: they answer, keep their data, and end whole."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from idp.demo.members import MEMBERS, PASSWORD
from tests.demo.conftest import CHEAP, Demo, free_ports, processes

Start = Callable[..., Demo]


def test_provider_and_applications_answer(running: Demo) -> None:
    discovery = running.get("/.well-known/openid-configuration").json()

    assert discovery["issuer"] == running.url("")
    for application, title in ((1, "Kursbuchung"), (2, "Ausbildungsverträge"), (3, "Lehrstellen")):
        page = running.get("/", application)
        assert page.status_code == 200
        assert title in page.text


def test_it_prints_addresses_and_logins(running: Demo) -> None:
    for application in range(4):
        assert running.url("", application) in running.said
    logins = [line.split("  ") for line in running.said.splitlines() if PASSWORD in line]
    assert logins == [[member.role, member.email, PASSWORD] for member in MEMBERS]


def test_several_letters_are_there_when_it_says_that_it_runs(running: Demo) -> None:
    letters = running.get("/demo/letters.json").json()

    assert len(letters) >= 3
    assert running.get("/demo/mailbox").status_code == 200
    for letter in letters:
        assert running.get(letter["pdf"].removeprefix(running.url(""))).content[:5] == b"%PDF-"


def test_an_application_leads_to_the_sign_in_of_the_provider(running: Demo) -> None:
    page = running.get("/login", 2)

    assert page.url.startswith(running.url("/login"))
    assert "Ausbildungsverträge" in page.text


def test_other_names_are_not_answered(running: Demo) -> None:
    assert running.get("/", Host="evil.example").status_code == 400
    assert running.get("/", Host=f"localhost:{running.port}").status_code == 200


def test_it_listens_on_loopback_alone(running: Demo) -> None:
    for application in range(4):
        with socket.socket() as elsewhere, pytest.raises(OSError, match=r"."):
            elsewhere.connect(("127.0.0.2", running.port + application))


def test_what_it_delivers_arrives(running: Demo) -> None:
    assert sign_up(running) == 200

    running.until(lambda: "neu@demo.test" in running.get("/demo/mailbox.json").text)


def test_signing_out_of_one_application_ends_the_others(running: Demo) -> None:
    with requests.Session() as browser:
        page = browser.get(running.url("/login", 1), timeout=10)
        member = MEMBERS[0]
        filled = {"username": member.email, "password": PASSWORD}
        browser.post(page.url, data={**hidden(page.text), **filled}, timeout=10)
        browser.get(running.url("/login", 3), timeout=10)
        assert all(signed_in(browser, running, application) for application in (1, 3))

        page = browser.get(running.url("/logout", 1), timeout=10)
        left = browser.post(running.url("/logout", 1), data=hidden(page.text), timeout=10)

        assert "Sie sind abgemeldet" in left.text
        running.until(lambda: not signed_in(browser, running, 3), seconds=20)


def test_a_second_start_keeps_everything_and_a_fresh_one_nothing(
    start: Start, tmp_path: Path
) -> None:
    first = start().ready()
    port, letters = str(first.port), first.get("/demo/letters.json").json()
    sign_up(first)
    first.until(lambda: "neu@demo.test" in first.get("/demo/mailbox.json").text)
    assert first.interrupt() == 0

    second = start(PORT=port).ready()
    assert second.get("/demo/letters.json").json() == letters
    assert "neu@demo.test" in second.get("/demo/mailbox.json").text
    assert second.get("/login", 3).status_code == 200
    second.interrupt()
    for command in (("serve", "--port", port), ("worker", "--once")):
        assert "only `idp demo` may use it" in idp(tmp_path, *command).stderr

    third = start(PORT=port, FRESH="1").ready()
    assert "neu@demo.test" not in third.get("/demo/mailbox.json").text
    assert not {x["id"] for x in third.get("/demo/letters.json").json()} & {
        x["id"] for x in letters
    }


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_whole(start: Start, how: signal.Signals) -> None:
    demo = start().ready()
    family = demo.family()
    assert len(family) >= 6

    os.killpg(demo.process.pid, how)

    assert demo.process.wait(10) == 0
    assert not set(family) & set(processes())
    assert "Traceback" not in demo.said


def test_one_that_falls_takes_all_with_it(start: Start) -> None:
    demo = start().ready()
    family = demo.family()
    courses = next(pid for pid in family if "idp.clients.courses" in command_of(pid))

    os.kill(courses, signal.SIGKILL)

    assert demo.process.wait(10) == 1
    assert "courses has ended" in demo.said
    assert not set(family) & set(processes())


def test_taken_ports_are_named_before_anything_starts(start: Start, tmp_path: Path) -> None:
    port = free_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port + 1))
        other.listen()

        said = start(PORT=str(port)).refused()

    assert f"port {port + 1} of" in said
    assert not (tmp_path / "instance").exists()


def test_a_database_in_use_is_left_alone(start: Start, tmp_path: Path) -> None:
    account = ("--email", "a@b.test", "--given-name", "A", "--family-name", "B")
    assert idp(tmp_path, "init").returncode == 0
    assert idp(tmp_path, "account", "add", *account).returncode == 0

    assert "in use and no demo" in start(FRESH="1").refused()

    assert "a@b.test" in idp(tmp_path, "account", "find", "a@b.test").stdout


def test_a_demo_runs_on_postgresql(start: Start, postgresql_url: str) -> None:
    url = postgresql_url.replace("+psycopg", "")
    first = start(DATABASE_URL=url).ready()
    assert len(first.get("/demo/letters.json").json()) >= 3
    first.interrupt()

    again = start(DATABASE_URL=url, FRESH="1").ready()
    assert again.get("/login", 1).status_code == 200


def idp(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "idp.cli", *words],
        cwd=folder,
        env={**os.environ, **CHEAP},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of the last form of a page."""
    form = page.rpartition('<form method="post"')[2]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))


def signed_in(browser: requests.Session, demo: Demo, application: int) -> bool:
    return "Angemeldet als" in browser.get(demo.url("/", application), timeout=10).text


def sign_up(demo: Demo) -> int:
    """Register a person through the form; returns the status of the answer."""
    with requests.Session() as browser:
        page = browser.get(demo.url("/register"), timeout=10)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token
        answer = browser.post(
            demo.url("/register"),
            data={
                "csrf_token": token[1],
                "email": "neu@demo.test",
                "given_name": "Neu",
                "family_name": "Mitglied",
                "accept_terms": "y",
                "accept_privacy": "y",
            },
            timeout=10,
        )
    return answer.status_code
