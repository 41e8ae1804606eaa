"""The legal texts as people read them: shown on a page, recorded at registration."""

from idp.web.house import core
from idp.web.text import text

# What an account is asked to accept.
ACCEPTED = ("terms", "privacy")


def facts() -> dict[str, str]:
    """Return what the texts may name."""
    settings = core().settings
    return {
        "chamber": settings.chamber.name,
        "service": settings.chamber.service,
        "address": ", ".join(settings.chamber.address),
        "email": settings.support.email,
        "phone": settings.support.phone,
        "version": settings.registration.terms_version,
    }


def wording(name: str) -> str:
    """Return a whole text, paragraphs apart by an empty line."""
    return text(f"legal.{name}.text", **facts())
