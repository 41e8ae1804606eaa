"""Carrier `smtp`: one connection a mail, certificates checked."""

import smtplib
import socket
import ssl
from collections.abc import Mapping
from functools import cache

from idp.mail.message import ascii_domain, message
from idp.plugins import Mail
from idp.settings.models import MailServer

TIMEOUT = 10.0


@cache
def own_name() -> str:
    """Return this machine's name for EHLO; without DNS the question takes seconds, so once."""
    return socket.getfqdn()


class Smtp:
    """Hands mails to the configured server; `options` is the table `[mail]`."""

    def __init__(self, options: Mapping[str, object]) -> None:
        self._server = MailServer.model_validate(dict(options))

    def send(self, mail: Mail) -> None:
        """Deliver one mail; raises OSError (SMTPException among them) to be retried."""
        with self.connect() as connection:
            connection.send_message(message(mail), mail.sender, [ascii_domain(mail.to)])

    def connect(self) -> smtplib.SMTP:
        """Return an open connection, encrypted and signed in as configured."""
        connection = self._open()
        try:
            if self._server.tls == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if self._server.username:
                connection.login(self._server.username, self._password())
            connection.ehlo_or_helo_if_needed()
        except OSError:
            connection.close()
            raise
        return connection

    def _open(self) -> smtplib.SMTP:
        server = self._server
        if server.tls == "implicit":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(
                server.host, server.port, own_name(), timeout=TIMEOUT, context=context
            )
        return smtplib.SMTP(server.host, server.port, own_name(), timeout=TIMEOUT)

    def _password(self) -> str:
        file = self._server.password_file
        return file.read_text(encoding="utf-8").strip() if file else ""
