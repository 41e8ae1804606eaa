"""All addresses of the house, from its own map."""

from flask import Flask

FILLED = {"token": "gibtsnicht", "name": "terms", "filename": "app.css"}


def paths(app: Flask, method: str, *, machines: bool | None = None) -> list[str]:
    """Return the paths that answer `method`, placeholders filled; machines' doors or people's."""
    found = []
    for rule in app.url_map.iter_rules():
        machine = getattr(app.view_functions[rule.endpoint], "machine", False)
        if method in (rule.methods or ()) and machines in (None, machine):
            values = {name: FILLED.get(name, "x") for name in rule.arguments}
            found.append(rule.rule.replace("path:", "").replace("<", "{").replace(">", "}")
                         .format(**values))  # fmt: skip
    return found
