"""From a composed Mail to the message as RFC 5322 wants it."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from email_validator import validate_email

from idp.clock import Clock
from idp.plugins import Mail


def ascii_domain(address: str) -> str:
    """Return the address with its domain in ASCII, as every mail server takes it.

    By IDNA 2008: Python's own codec would send the mail for `faß.example` to `fass.example`.
    """
    found = validate_email(address, check_deliverability=False, test_environment=True)
    return f"{found.local_part}@{found.ascii_domain}"


def message(mail: Mail, clock: Clock | None = None) -> EmailMessage:
    """Return the message with both parts; raises ValueError for what would break a header."""
    found = EmailMessage(policy=SMTP)
    found["From"] = Address(mail.sender_name, addr_spec=mail.sender)
    local, _, domain = ascii_domain(mail.to).rpartition("@")
    found["To"] = Address("", local, domain)
    found["Subject"] = mail.subject
    found["Date"] = format_datetime((clock or Clock()).now())
    # The same at every try, so that a mail sent twice is seen once.
    found["Message-ID"] = f"<{mail.id}>"
    found["Auto-Submitted"] = "auto-generated"
    # Quoted-printable leaves a line up to 76 characters whole: links stay clickable.
    found.set_content(mail.text, cte="quoted-printable")
    found.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    found["Content-Language"] = mail.locale
    return found
