"""What a refusal says on the command line: the English texts of the catalogue."""

from pathlib import Path

from babel.support import Translations

from idp import errors
from idp.plugins import Problem
from idp.policy.presets import Departure

CATALOGUES = Path(__file__).parent.parent / "translations"


def departed(departure: Departure) -> str:
    """Return public advice that a preset does not follow, and what it does instead."""
    texts = Translations.load(str(CATALOGUES), ["en"])
    return str(texts.gettext(f"departure.{departure.code}"))


def reason(refused: errors.Refused) -> str:
    """Return code and sentence of a refusal; for a password one sentence a broken rule."""
    texts = Translations.load(str(CATALOGUES), ["en"])
    if isinstance(refused, errors.WeakPassword):
        found = [item for item in refused.problems if isinstance(item, Problem)]
        told = [texts.gettext(f"problem.{item.code}") % dict(item.facts) for item in found]
        return "\n".join(f"{refused.code}: {sentence}" for sentence in told)
    facts = {"wait": f"{refused.facts.get('seconds', 0)} s", **refused.facts}
    return f"{refused.code}: {texts.gettext(f'error.{refused.code}') % facts}"
