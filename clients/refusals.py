"""What people read when the provider says no, is away, or no longer vouches for a Betrieb."""

from authlib.integrations.flask_client import OAuthError
from flask import current_app, request
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from .common import Config
from .people import Business
from .web import HOME, PageError, error_page

AGAIN = (("Noch einmal anmelden", "/login"), *HOME)
FORM = "/new"
NOTHING_FILED = "Es wurde nichts gespeichert."
DRAFT_KEPT = "Was Sie eingegeben haben, steht dann wieder im Formular."
LATER = "Bitte versuchen Sie es in einigen Minuten noch einmal."
TEXTS = {
    "access_denied": (
        403,
        "Anmeldung abgebrochen",
        "Sie haben die Anmeldung abgebrochen oder die Freigabe abgelehnt. "
        "Sie sind hier nicht angemeldet.",
    ),
    "mismatching_state": (
        400,
        "Diese Anmeldung passt nicht mehr",
        "Sie ist abgelaufen, wurde schon benutzt oder in einem anderen Browser begonnen. "
        "Bitte beginnen Sie noch einmal.",
    ),
    "temporarily_unavailable": (503, "Das Kammer-Konto ist gerade nicht erreichbar", LATER),
    "server_error": (503, "Beim Kammer-Konto ist ein Fehler aufgetreten", LATER),
}
UNSAFE = (
    400,
    "Die Anmeldung ist nicht gelungen",
    "Die Antwort des Kammer-Kontos war nicht vollständig oder nicht echt. Sie sind deshalb nicht "
    "angemeldet. Bitte beginnen Sie noch einmal. Bleibt es dabei, hilft Ihnen Ihre Kammer.",
)


def refused(error: OAuthError | JoseError) -> ResponseReturnValue:
    """A sign-in that did not stand the checks; the code goes to the log, never to the page."""
    current_app.logger.warning("sign-in refused: %r", error.error)
    status, title, text = TEXTS.get(str(error.error), UNSAFE)
    return error_page(PageError(status, title, text, AGAIN))


def unreachable(error: RequestException) -> ResponseReturnValue:
    """The provider does not answer, or answers nonsense."""
    current_app.logger.warning("provider unreachable: %s", type(error).__name__)
    title = "Das Kammer-Konto ist gerade nicht erreichbar"
    if request.path != FORM:
        return error_page(PageError(503, title, LATER))
    text, ways = f"{NOTHING_FILED} {LATER} {DRAFT_KEPT}", (("Zum Formular", FORM), *HOME)
    return error_page(PageError(503, title, text, ways))


def half_signed_out() -> PageError:
    """Signed out here, while the provider could not be told."""
    text = (
        "Hier sind Sie abgemeldet. Beim Kammer-Konto sind Sie vielleicht noch angemeldet, denn es "
        "ist gerade nicht erreichbar. Schließen Sie an fremden Geräten den Browser."
    )
    return PageError(503, "Nur hier abgemeldet", text)


def sign_in_again(title: str, text: str) -> PageError:
    """The stay here has ended; after the next sign-in the person goes on where it broke off."""
    after = FORM if request.path == FORM else "/"
    text = f"{text} {NOTHING_FILED} Bitte melden Sie sich neu an."
    if after == FORM:
        text = f"{text} {DRAFT_KEPT}"
    ways = (("Neu anmelden und weitermachen", f"/login?next={after}"), *HOME)
    return PageError(403, title, text, ways)


def ended() -> PageError:
    """The access token counts no more: ten minutes are over, or the grant was revoked."""
    text = "Ihre Anmeldung ist abgelaufen, oder die Verknüpfung mit dem Betrieb wurde beendet."
    return sign_in_again("Ihre Anmeldung gilt nicht mehr", text)


def unlinked(config: Config) -> PageError:
    """The person lives on at the provider, but acts for no Betrieb any more."""
    text = (
        f"Ihr Konto ist nicht mehr mit dem Betrieb verknüpft. {NOTHING_FILED} "
        "Sie sind hier abgemeldet. Unter „Mein Betrieb“ können Sie den Betrieb neu verknüpfen."
    )
    ways = (("Zu „Mein Betrieb“", config.at_provider("/business")), *HOME)
    return PageError(403, "Die Verknüpfung mit dem Betrieb ist beendet", text, ways)


def other_business(business: Business) -> PageError:
    """The person acts for another Betrieb than the one shown on the form."""
    text = f"Sie handeln inzwischen für „{business.name}“, nicht mehr für den angezeigten Betrieb."
    return sign_in_again("Sie handeln jetzt für einen anderen Betrieb", text)
