"""The shipped presets as the house builds them."""

from idp import builtin
from idp.plugins import Plugins
from idp.policy import Policy
from idp.policy.presets import PRESETS


def preset(name: str) -> Policy:
    """Return the policy of a preset, from the rules that we ship."""
    plugins = Plugins()
    builtin.plug(plugins)
    rules = PRESETS[name].rules
    return Policy(tuple(plugins.password_rules.get(use)(**how) for use, how in rules))
