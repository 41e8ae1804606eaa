"""What may be chosen for a demo."""

import socket

import pytest

from idp.demo.place import PORT, Choice, require_free, settle, with_driver
from idp.errors import Misconfigured
from tests.demo.conftest import free_ports


def test_without_a_choice_it_is_profile_b_on_port_8000() -> None:
    place = settle(Choice())

    assert place.port == PORT == 8000
    assert place.settings.issuer == "http://127.0.0.1:8000"
    assert place.settings.database.url == "sqlite:///instance/idp.sqlite"


def test_the_issuer_follows_the_port() -> None:
    assert settle(Choice(port=9100)).settings.issuer == "http://127.0.0.1:9100"


@pytest.mark.parametrize(
    ("issuer", "port"),
    [
        ("http://localhost:9200", 9200),
        ("http://localhost", 8000),
        ("https://konto.test:8443", 8000),
    ],
)
def test_the_port_follows_a_loopback_issuer(issuer: str, port: int) -> None:
    place = settle(Choice(issuer=issuer))

    assert place.settings.issuer == issuer
    assert place.port == port


def test_a_demo_has_no_address_of_the_world() -> None:
    with pytest.raises(Misconfigured, match=r"localhost and \*\.test"):
        settle(Choice(issuer="https://konto.example"))


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ("postgres://u@h/n", "postgresql+psycopg://u@h/n"),
        ("postgresql://u@h/n", "postgresql+psycopg://u@h/n"),
        ("postgresql+psycopg://u@h/n", "postgresql+psycopg://u@h/n"),
        ("sqlite:///x.sqlite", "sqlite:///x.sqlite"),
    ],
)
def test_usual_spellings_of_a_database_are_understood(given: str, ours: str) -> None:
    assert with_driver(given) == ours
    assert settle(Choice(database=given)).settings.database.url == ours


def test_a_taken_port_is_named() -> None:
    first = free_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", first + 2))
        other.listen()

        with pytest.raises(Misconfigured, match=f"port {first + 2} of {first} to {first + 3}"):
            require_free(first)

    require_free(first)
