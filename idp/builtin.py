"""Everything we ship, registered by name through the same slots as other people's plugins."""

from idp.mail.console import Console
from idp.mail.smtp import Smtp
from idp.oauth.claims import profile_claims
from idp.pin.carriers import Folder
from idp.pin.claim import business_claim
from idp.pin.registry import Imported
from idp.plugins import Plugins, ProfileField
from idp.policy.classes import Classes
from idp.policy.length import Edges, Length
from idp.policy.personal import Personal
from idp.policy.sequences import Sequences


def anything(_value: str) -> None:
    """Accept every name: people's names follow no rule."""
    return


def plug(plugins: Plugins) -> None:
    """Fill the slots."""
    rules = plugins.password_rules
    rules.add("edges", Edges)
    rules.add("length", Length)
    rules.add("classes", Classes)
    rules.add("sequences", Sequences)
    rules.add("personal", Personal)
    plugins.mail_carriers.add("smtp", Smtp)
    plugins.mail_carriers.add("console", Console)
    plugins.letter_carriers.add("folder", Folder)
    plugins.business_registries.add("imported", Imported)
    plugins.claim_sources.add("profile", profile_claims)
    plugins.claim_sources.add("business", business_claim)
    plugins.profile_fields.add(
        "given_name",
        ProfileField("given_name", "register.given_name", "given-name", anything, "given_name"),
    )
    plugins.profile_fields.add(
        "family_name",
        ProfileField("family_name", "register.family_name", "family-name", anything, "family_name"),
    )
