"""The environment over the file: how its variables are read, and which one gave a value."""

import os
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

PREFIX = "IDP_"


class Environment(EnvSettingsSource):
    """Reads `IDP_…`; a list that is no JSON is left as it is, for the model to refuse.

    pydantic-settings would stop there, and every other mistake would stay untold.
    """

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Return the decoded value, or the text itself."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def origin(location: tuple[int | str, ...], given: dict[str, Any]) -> str | None:
    """Return the variable that set the value at `location`, or None if none did.

    `given` is what the environment says as a whole: `IDP_MAIL` may hold the table as JSON.
    """
    found: Any = given
    for part in location:
        if not isinstance(found, dict):
            break
        if part not in found:
            return None
        found = found[part]
    there = {name.upper(): name for name in os.environ}
    names = [
        PREFIX + "__".join(map(str, location[:count])).upper()
        for count in range(len(location), 0, -1)
    ]
    below = [name for name in sorted(there) if name.startswith(f"{names[0]}__")]
    return next((there[name] for name in (*names, *below) if name in there), None)
