"""Everything we ship, registered by name through the same slots as other people's plugins."""

from importlib.metadata import entry_points

from idp.errors import Misconfigured
from idp.legacy.argon2_hash import Argon2
from idp.legacy.bcrypt_hash import Bcrypt
from idp.legacy.pbkdf2 import Pbkdf2
from idp.legacy.sha512_crypt import Sha512Crypt
from idp.mail.console import Console
from idp.mail.smtp import Smtp
from idp.oauth.claims import profile_claims
from idp.pin.carriers import Folder
from idp.pin.claim import business_claim
from idp.pin.mistaken import NoPin
from idp.pin.registry import Imported
from idp.pin.words import business_words
from idp.plugins import Plugins, ProfileField
from idp.policy.classes import Classes
from idp.policy.common import Common
from idp.policy.length import Edges, Length
from idp.policy.personal import Personal
from idp.policy.sequences import Sequences
from idp.policy.signs import Signs
from idp.policy.strength import Strength

# Letters by their category that nobody can see.
INVISIBLE = "\u115f\u1160\u3164\uffa0"


def personal_name(value: str) -> str | None:
    """Accept every name that shows a letter: people's names follow no other rule."""
    seen = any(sign.isalpha() and sign not in INVISIBLE for sign in value)
    return None if seen else "name_odd"


def plug(plugins: Plugins) -> None:
    """Fill the slots."""
    rules = plugins.password_rules
    rules.add("edges", Edges)
    rules.add("signs", Signs)
    rules.add("length", Length)
    rules.add("classes", Classes)
    rules.add("sequences", Sequences)
    rules.add("common", Common)
    rules.add("personal", Personal)
    rules.add("pin", NoPin)
    rules.add("strength", Strength)
    plugins.personal_words.add("business", business_words)
    plugins.mail_carriers.add("smtp", Smtp)
    plugins.mail_carriers.add("console", Console)
    plugins.letter_carriers.add("folder", Folder)
    plugins.business_registries.add("imported", Imported)
    plugins.claim_sources.add("profile", profile_claims)
    plugins.claim_sources.add("business", business_claim)
    plugins.account_importers.add("argon2", Argon2())
    plugins.account_importers.add("bcrypt", Bcrypt())
    plugins.account_importers.add("pbkdf2", Pbkdf2())
    plugins.account_importers.add("sha512-crypt", Sha512Crypt())
    for name, token in (("given_name", "given-name"), ("family_name", "family-name")):
        question = ProfileField(name, f"register.{name}", token, personal_name, name)
        plugins.profile_fields.add(name, question)


def load(names: tuple[str, ...]) -> tuple[Plugins, list[str]]:
    """Return the slots filled by us and the plugins `names`, and what is wrong with those."""
    plugins, mistakes = Plugins(), list[str]()
    plug(plugins)
    installed = {point.name: point for point in entry_points(group="idp.plugins")} if names else {}
    for name in names:
        try:
            if name not in installed:
                known = ", ".join(sorted(installed)) or "none"
                raise Misconfigured([f"plugins: {name!r} is not installed; there are: {known}"])
            installed[name].load()(plugins)
        except Misconfigured as error:
            mistakes += error.mistakes
        except (ImportError, AttributeError) as error:
            mistakes.append(f"plugins: {name!r} cannot be loaded: {error}")
    return plugins, mistakes
