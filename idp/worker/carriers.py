"""The carriers that the configuration names."""

from idp.core import Core
from idp.plugins import LetterCarrier, MailCarrier


def mail(core: Core) -> MailCarrier:
    """Return what takes mails out of the house."""
    settings = core.settings.mail
    return core.plugins.mail_carriers.get(settings.carrier)(settings.model_dump())


def letter(core: Core) -> LetterCarrier:
    """Return what takes letters to paper."""
    settings = core.settings.pin
    return core.plugins.letter_carriers.get(settings.carrier)(settings.model_dump())
