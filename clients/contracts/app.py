"""Apprenticeship contracts: a person who acts for a Betrieb files them for that Betrieb."""

from flask import Flask, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ..common import Config, Database, today
from ..form import Form
from ..oidc import SignIn
from ..people import Business
from ..web import PageError, build

SCHEMA = """
CREATE TABLE IF NOT EXISTS contract (
    id INTEGER PRIMARY KEY, business TEXT NOT NULL, number TEXT NOT NULL, branch TEXT NOT NULL,
    firm TEXT NOT NULL, apprentice TEXT NOT NULL, trade TEXT NOT NULL, starts TEXT NOT NULL,
    filed TEXT NOT NULL, filed_by TEXT NOT NULL, UNIQUE (business, apprentice, trade, starts)
);
"""
FILE = """
INSERT INTO contract (business, number, branch, firm, apprentice, trade, starts, filed, filed_by)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id
"""
FILED = "SELECT * FROM contract WHERE business = ? ORDER BY id DESC"
TRADES = (
    "Anlagenmechaniker/in SHK", "Bäcker/in", "Dachdecker/in", "Elektroniker/in", "Friseur/in",
    "Kfz-Mechatroniker/in", "Maler/in und Lackierer/in", "Maurer/in", "Metallbauer/in",
    "Tischler/in", "Zimmerer/in",
)  # fmt: skip


class Contracts:
    """The pages of the contracts application."""

    def __init__(self, app: Flask, config: Config) -> None:
        self.database = Database(config.data_dir / "contracts.sqlite3")
        self.database.create(SCHEMA)
        self.sign_in = SignIn(app, config, self.database, "openid profile business")
        app.add_url_rule("/", "home", self.home)
        app.add_url_rule("/new", "new", self.new)
        app.add_url_rule("/new", "file", self.file, methods=["POST"])

    def home(self) -> ResponseReturnValue:
        """Who one acts for, and what this Betrieb has filed."""
        person = self.sign_in.person()
        if person is None or person.business is None:
            return render_template("home.html")
        # Names of apprentices are shown only while the provider's word is fresh.
        business = self.sign_in.required(fresh=True).business or person.business
        return render_template("contracts.html", contracts=self.database.run(FILED, business.id))

    def new(self) -> ResponseReturnValue:
        """The form, with the firm's data from the claim."""
        person = self.sign_in.required(fresh=True)
        if person.business is None:
            return redirect("/")
        return self.page(Form({}, self.sign_in.draft(person)))

    def page(self, form: Form) -> ResponseReturnValue:
        """The form as it stands."""
        status = 422 if form.errors else 200
        return render_template("new.html", form=form, trades=TRADES, first=today()), status

    def file(self) -> ResponseReturnValue:
        """File a contract, after asking the provider for whom."""
        person, form = self.sign_in.required(), self.read()
        if form.errors:
            return self.page(form)
        self.sign_in.keep_draft(person, form.values)
        business = self.sign_in.confirmed(person)
        self.store(business, form.values, person.name)
        self.sign_in.drop_draft(person)
        flash(f"Der Vertrag mit {form.values['apprentice']} ist eingereicht.")
        return redirect("/")

    def read(self) -> Form:
        """What was typed."""
        form = Form(request.form)
        form.text("apprentice", 100, "Bitte geben Sie Vor- und Nachnamen ein.")
        form.choice("trade", TRADES, "Bitte wählen Sie einen Beruf aus der Liste.")
        form.day("starts", 3 * 365, "Bitte geben Sie den ersten Tag der Ausbildung ein.")
        return form

    def store(self, business: Business, values: dict[str, str], name: str) -> None:
        """Keep the contract with the Betrieb as the provider named it; a second click is told."""
        firm = (business.id, business.number, business.branch, business.name)
        typed = (values["apprentice"], values["trade"], values["starts"])
        if not self.database.run(FILE, *firm, *typed, today().isoformat(), name):
            text = "Genau diesen Vertrag haben Sie bereits eingereicht. Er ist in Ihrer Liste."
            raise PageError(409, "Schon eingereicht", text, (("Zu Ihren Verträgen", "/"),))


def create_app(config: Config) -> Flask:
    """The contracts application as a Flask application."""
    app = build("contracts", "Ausbildungsverträge", config)
    Contracts(app, config)
    return app
