"""Forms, headers and hostile input, the same in all three applications."""

import configparser
import fnmatch
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from clients.common import Config

from .conftest import Browser
from .stub_provider import StubProvider

ROOT = Path(__file__).parents[2]


def test_a_form_without_the_sessions_token_is_refused(any_app: Browser) -> None:
    any_app.sign_in()

    for token in ("", "wrong", "ä\0"):
        assert any_app.post("/logout", csrf=token).status == 400
    assert "Angemeldet als" in any_app.get("/").text


def test_every_answer_carries_the_guarding_headers(
    any_app: Browser, provider: StubProvider
) -> None:
    for path in ("/", "/logout", "/nowhere", "/static/clients.css"):
        with any_app.client.get(path, base_url=any_app.config.url) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert f"form-action 'self' {provider.issuer}" in policy
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_pages_bring_no_script_and_no_inline_style(any_app: Browser) -> None:
    any_app.sign_in()

    page = any_app.get("/").text

    assert "<script" not in page
    assert "style=" not in page
    assert '<html lang="de">' in page


def test_there_is_one_address_only(any_app: Browser) -> None:
    elsewhere = any_app.client.get("/login?next=/new", base_url="http://localhost:1")

    assert elsewhere.headers["Location"] == f"{any_app.config.url}/login?next=/new"
    assert any_app.client.post("/logout", base_url="http://localhost:1").status_code == 400


def test_two_applications_do_not_share_a_cookie(contracts: Browser, jobs: Browser) -> None:
    contracts.sign_in()
    stolen = contracts.client.get_cookie("contracts_session", domain="127.0.0.1")
    assert stolen

    jobs.client.set_cookie("contracts_session", stolen.value, domain="127.0.0.1")
    jobs.client.set_cookie("jobs_session", stolen.value, domain="127.0.0.1")

    assert "Angemeldet als" not in jobs.get("/").text
    assert "Angemeldet als" in contracts.get("/").text


@pytest.mark.parametrize("hostile", ["\0", "x" * 1_000_000, "\ud7ff\U0010ffff", "%00", "' OR 1=1"])
def test_hostile_input_is_no_crash(any_app: Browser, hostile: str) -> None:
    any_app.sign_in()
    names = ("csrf", "apprentice", "trade", "starts", "town", "about")

    for path in ("/new", "/logout", "/courses/1/book", "/places/1/withdraw", "/callback"):
        sent = any_app.client.post(
            path, data=dict.fromkeys(names, hostile), base_url=any_app.config.url
        )
        assert 400 <= sent.status_code < 500
    for query in ("next", "state", "code", "iss", "error"):
        for path in ("/login", "/callback", "/", "/logout"):
            sent = any_app.client.get(
                path, query_string={query: hostile[:5000]}, base_url=any_app.config.url
            )
            assert sent.status_code < 500


def test_missing_settings_are_named_together(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "DATA_DIR"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(SystemExit, match="ISSUER, CLIENT_ID, CLIENT_SECRET, DATA_DIR"):
        Config.from_environment(8001)


def test_the_cookie_key_is_made_once_and_is_private(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    settings = {"ISSUER": "http://i", "CLIENT_ID": "c", "CLIENT_SECRET": "s"}
    for name, value in {**settings, "DATA_DIR": str(folder), "PORT": "9"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SECRET_KEY", raising=False)

    first, second = Config.from_environment(8001), Config.from_environment(8001)

    assert first.secret_key == second.secret_key
    assert first.port == 9
    assert (folder / "cookies-9.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["courses", "contracts", "jobs"])
def test_an_application_runs_by_its_module(
    name: str, provider: StubProvider, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {"ISSUER": provider.issuer, "CLIENT_ID": name, "CLIENT_SECRET": "s3cret"}
    settings |= {"PORT": str(port), "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", f"clients.{name}"]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}) as process:
        try:
            wait_for(port)
            assert requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 200
            too_much = {"csrf": "x" * 1_000_000}
            sent = requests.post(f"http://127.0.0.1:{port}/logout", data=too_much, timeout=5)
            assert sent.status_code == 413
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the application did not start")


def test_every_template_and_style_travels_in_the_wheel() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    patterns = settings["options.package_data"]["idp.clients"].split()
    folder = ROOT / "clients"

    files = [path for path in folder.rglob("*") if path.is_file()]
    data = [str(path.relative_to(folder)) for path in files if "__pycache__" not in path.parts]

    wanted = [name for name in data if not name.endswith(".py")]
    left = [name for name in wanted if not any(fnmatch.fnmatch(name, p) for p in patterns)]
    assert left == []
