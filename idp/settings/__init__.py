"""One chamber's configuration: what may be set (`models`, `parts`) and how it is read (`load`).

A TOML file named by `IDP_CONFIG` (a path, or the name of a profile in `idp/profiles/`) and the
environment over it: `IDP_MAIL__HOST` overrides `host` in `[mail]`.
"""

from idp.settings.load import load
from idp.settings.models import Settings

__all__ = ["Settings", "load"]
