"""The carrier `smtp` against a real server."""

import smtplib
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from idp.mail.smtp import Smtp
from idp.plugins import MailCarrier
from idp.settings.models import MailServer
from tests.mail.server import Postbox, certificate
from tests.mail.test_message import MAIL
from tests.postgresql import free_port


def carrier(port: int, **more: object) -> MailCarrier:
    return Smtp(MailServer(port=port, **more).model_dump())


def test_a_mail_arrives_whole(postbox: Postbox) -> None:
    carrier(postbox.port).send(MAIL)

    arrived = postbox.mails[0]
    assert postbox.recipients == ["anna@example.test"]
    assert arrived["Subject"] == MAIL.subject
    assert arrived.get_body(("plain",)).get_content().replace("\r\n", "\n") == MAIL.text


def test_a_mail_reaches_an_international_domain(postbox: Postbox) -> None:
    carrier(postbox.port).send(replace(MAIL, to="anna@faß.de"))

    assert postbox.recipients == ["anna@xn--fa-hia.de"]


def test_a_refused_recipient_is_told(postbox: Postbox) -> None:
    postbox.refuse = "550 no such user"

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        carrier(postbox.port).send(MAIL)


def test_a_refused_content_is_told(postbox: Postbox) -> None:
    postbox.refuse_data = "451 try later"

    with pytest.raises(smtplib.SMTPDataError):
        carrier(postbox.port).send(MAIL)


def test_a_server_that_is_away_is_told() -> None:
    with pytest.raises(OSError, match="refused"):
        carrier(free_port()).send(MAIL)


def test_starttls_needs_a_certificate_that_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, context = certificate(tmp_path)

    with Postbox(tls_context=context, require_starttls=True) as postbox:
        with pytest.raises(ssl.SSLCertVerificationError):
            carrier(postbox.port, tls="starttls").send(MAIL)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        carrier(postbox.port, tls="starttls").send(MAIL)

        assert len(postbox.mails) == 1


def test_starttls_is_never_left_out_because_the_server_lacks_it(postbox: Postbox) -> None:
    with pytest.raises(smtplib.SMTPNotSupportedError):
        carrier(postbox.port, tls="starttls").send(MAIL)

    assert postbox.mails == []


def test_implicit_tls_needs_a_certificate_that_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))

    with Postbox(ssl_context=context) as postbox:
        carrier(postbox.port, tls="implicit").send(MAIL)
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(ssl.SSLCertVerificationError):
            carrier(postbox.port, tls="implicit").send(MAIL)

        assert len(postbox.mails) == 1


def signing_in(folder: Path, port: int, password: str) -> MailCarrier:
    file = folder / "password"
    file.write_text(f"{password}\n")
    return carrier(port, tls="starttls", username="idp", password_file=file)


# What the test server does inside is deprecated by its own makers.
@pytest.mark.filterwarnings("ignore:Session.login_data:DeprecationWarning")
def test_it_signs_in_with_the_password_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))

    with Postbox(tls_context=context) as postbox:
        postbox.ask_password()
        signing_in(tmp_path, postbox.port, "right").send(MAIL)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            signing_in(tmp_path, postbox.port, "wrong").send(MAIL)

        assert postbox.logins[0] == (b"idp", b"right")
        assert len(postbox.mails) == 1
