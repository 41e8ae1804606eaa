"""Browsers by the names that people know."""

from idp.web.text import text

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def readable(agent: str) -> str:
    """Write a User-Agent as people would say it: "Firefox, Windows"."""
    browser = next((label for mark, label in BROWSERS if mark in agent), None)
    system = next((label for mark, label in SYSTEMS if mark in agent), None)
    if browser is None or system is None:
        return text("device.unknown")
    return text("device.on", browser=browser, system=system)
