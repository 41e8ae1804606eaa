"""The one place that builds things: settings -> core -> the application with all its doors."""

from pathlib import Path
from typing import Any, cast

from argon2 import PasswordHasher
from flask import Flask
from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import make_url
from sqlalchemy.orm import Session, scoped_session

from idp import builtin, pages
from idp.clock import Chance, Clock
from idp.core import Core
from idp.db import Base, engine
from idp.errors import Misconfigured
from idp.hashing import Hasher
from idp.oauth import doors
from idp.outbox import Outbox
from idp.plugins import PasswordRule, Plugins, Slot, Subject
from idp.policy import Policy
from idp.policy.presets import PRESETS
from idp.seal import load as load_vault
from idp.seal import make_files
from idp.settings import Settings
from idp.settings import load as load_settings
from idp.web import guard, page, rates, text
from idp.web.house import NAME, House


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    chance: Chance | None = None,
    demo: bool = False,
) -> Flask:
    """Return the application; `clock` and `chance` are replaced in tests alone.

    Raises Misconfigured with every mistake at once.
    """
    settings = settings or load_settings()
    app = Flask("idp", static_folder="static", template_folder="templates")
    # Else an address with two slashes is redirected to whatever the Host header says.
    app.url_map.merge_slashes = False
    core = _core(app, settings, clock or Clock(), chance or Chance())
    app.extensions[NAME] = House(core, demo=demo)
    Babel(
        app,
        default_locale="de",
        default_translation_directories=str(Path(__file__).parent / "translations"),
        locale_selector=text.choose_locale,
    )
    guard.mount(app, core.clock, settings.limits)
    page.mount(app)
    for door in pages.DOORS:
        app.register_blueprint(door)
    doors.mount(app, core)
    return app


def chosen(settings: Settings) -> tuple[Plugins, Policy, list[str]]:
    """Return the plugins and password rules that the configuration names, and its mistakes."""
    plugins, mistakes = builtin.load(settings.plugins)
    mistakes += _unknown(settings, plugins)
    return plugins, _policy(settings, plugins, mistakes), mistakes


def _core(app: Flask, settings: Settings, clock: Clock, chance: Chance) -> Core:
    plugins, policy, mistakes = chosen(settings)
    mistakes += _uncounted(settings)
    if mistakes:
        raise Misconfigured(mistakes)
    make_files(settings.keys.dir, chance)
    vault = load_vault(settings.keys.dir)
    db = _database(app, settings)
    return Core(
        settings=settings,
        db=db,
        clock=clock,
        chance=chance,
        plugins=plugins,
        policy=policy,
        vault=vault,
        hasher=_hasher(settings, chance, plugins),
        post=Outbox(db, vault, clock, chance),
    )


def _database(app: Flask, settings: Settings) -> scoped_session[Session]:
    url = make_url(settings.database.url)
    engine.make_file(settings.database.url)
    if file := engine.sqlite_file(settings.database.url):
        # Flask-SQLAlchemy would look below its own instance folder.
        url = url.set(database=str(file.absolute()))
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine.options(
        settings.database.url, settings.database.pool
    )
    # What was read stays readable after a commit: without this every commit costs re-SELECTs.
    db = SQLAlchemy(app, model_class=Base, session_options={"expire_on_commit": False})
    with app.app_context():
        engine.prepare(db.engine)
    return cast("scoped_session[Session]", db.session)


def _unknown(settings: Settings, plugins: Plugins) -> list[str]:
    """Return what the configuration names and no slot has, before a request meets it."""
    fields = enumerate(settings.registration.fields)
    named: list[tuple[Slot[Any], str, str]] = [
        (plugins.mail_carriers, settings.mail.carrier, "mail.carrier"),
        (plugins.letter_carriers, settings.pin.carrier, "pin.carrier"),
        (plugins.business_registries, settings.pin.registry, "pin.registry"),
        *((plugins.profile_fields, name, f"registration.fields.{at}") for at, name in fields),
    ]
    mistakes: list[str] = []
    for slot, name, place in named:
        try:
            slot.get(name, place)
        except Misconfigured as error:
            mistakes += error.mistakes
    return mistakes


def _uncounted(settings: Settings) -> list[str]:
    """Return why requests of one address could not be counted."""
    try:
        rates.opened(settings.limits.storage)
    except Misconfigured as error:
        return error.mistakes
    return []


def _policy(settings: Settings, plugins: Plugins, mistakes: list[str]) -> Policy:
    """Return the rules; what is wrong with their names and options is added to `mistakes`."""
    wanted: list[tuple[str, dict[str, Any]]] = [
        (rule.use, rule.options()) for rule in settings.password.rules
    ] or [(name, dict(options)) for name, options in PRESETS[settings.password.preset].rules]
    rules: list[PasswordRule] = []
    for at, (name, options) in enumerate(wanted):
        place = f"password.rules.{at}"
        try:
            rule = plugins.password_rules.get(name, f"{place}.use")(**options)
            # Options of the wrong kind show when a password is judged; one so short that no list
            # is loaded for it.
            tuple(rule("Ab 1!", Subject(("Beispiel",))))
            rules.append(rule)
        except Misconfigured as error:
            mistakes += error.mistakes
        except (TypeError, ValueError) as error:
            mistakes.append(f"{place}: {name}: {error}")
    return Policy(tuple(rules))


def _hasher(settings: Settings, chance: Chance, plugins: Plugins) -> Hasher:
    password = settings.password
    argon2 = PasswordHasher(
        time_cost=password.argon2_time,
        memory_cost=password.argon2_memory_kib,
        parallelism=password.argon2_lanes,
    )
    slots, queue = password.hash_slots, password.hash_queue
    return Hasher(argon2, slots, queue, chance, plugins.account_importers)
