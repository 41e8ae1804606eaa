"""The board of training places: everyone reads it, a Betrieb posts and withdraws its own."""

from sqlite3 import Row

from flask import Flask, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ..common import Config, Database, today
from ..form import Form
from ..oidc import SignIn
from ..people import Business
from ..web import PageError, build
from . import examples

SCHEMA = """
CREATE TABLE IF NOT EXISTS place (
    id INTEGER PRIMARY KEY, business TEXT NOT NULL, firm TEXT NOT NULL, trade TEXT NOT NULL,
    town TEXT NOT NULL, starts TEXT NOT NULL, about TEXT NOT NULL,
    UNIQUE (business, trade, town, starts, about)
);
"""
POST = """
INSERT INTO place (starts, business, firm, trade, town, about) VALUES (?, ?, ?, ?, ?, ?)
"""
OPEN = "SELECT * FROM place WHERE starts >= ? ORDER BY id DESC"


class Jobs:
    """The pages of the board."""

    def __init__(self, app: Flask, config: Config) -> None:
        self.database = Database(config.data_dir / "jobs.sqlite3")
        self.database.create(SCHEMA)
        if not self.places():
            self.database.fill(POST, examples.for_next_year(today()))
        self.sign_in = SignIn(app, config, self.database, "openid profile business")
        app.add_url_rule("/", "home", self.home)
        app.add_url_rule("/new", "new", self.new)
        app.add_url_rule("/new", "post", self.post, methods=["POST"])
        number = "<int(max=999999999):number>"
        app.add_url_rule(f"/places/{number}/withdraw", "withdraw", self.withdraw, methods=["POST"])

    def places(self) -> list[Row]:
        """All places that are open."""
        return self.database.run(OPEN, today().isoformat())

    def home(self) -> ResponseReturnValue:
        """The board, for everyone."""
        return render_template("places.html", places=self.places())

    def new(self) -> ResponseReturnValue:
        """The form, with the firm's data from the claim."""
        person = self.sign_in.required(fresh=True)
        if person.business is None:
            return render_template("no_business.html"), 403
        return self.page(Form({}, self.sign_in.draft(person)))

    def page(self, form: Form) -> ResponseReturnValue:
        """The form as it stands."""
        status = 422 if form.errors else 200
        return render_template("new.html", form=form, first=today()), status

    def post(self) -> ResponseReturnValue:
        """Post a place, after asking the provider for whom."""
        person, form = self.sign_in.required(), Form(request.form)
        form.text("trade", 60, "Bitte geben Sie den Ausbildungsberuf ein.")
        form.text("town", 60, "Bitte geben Sie den Ort ein.")
        form.day("starts", 3 * 365, "Bitte geben Sie den ersten Tag der Ausbildung ein.")
        form.text("about", 600, "Bitte beschreiben Sie die Stelle in ein paar Sätzen.")
        if form.errors:
            return self.page(form)
        self.sign_in.keep_draft(person, form.values)
        self.store(self.sign_in.confirmed(person), form.values)
        self.sign_in.drop_draft(person)
        flash(f"Die Lehrstelle {form.values['trade']} ist veröffentlicht.")
        return redirect("/")

    def store(self, business: Business, values: dict[str, str]) -> None:
        """Keep the place with the firm as the provider named it; a second click is told."""
        typed = (values["trade"], values["town"], values["about"])
        firm = (business.id, business.name)
        once = f"{POST} ON CONFLICT DO NOTHING RETURNING id"
        if not self.database.run(once, values["starts"], *firm, *typed):
            text = "Genau diese Lehrstelle steht schon in der Börse."
            raise PageError(409, "Schon veröffentlicht", text, (("Zur Lehrstellenbörse", "/"),))

    def withdraw(self, number: int) -> ResponseReturnValue:
        """Take a place down; only one's own Betrieb's, and only while one acts for it."""
        business = self.sign_in.confirmed(self.sign_in.required())
        gone = "DELETE FROM place WHERE id = ? AND business = ? RETURNING trade"
        if not self.database.run(gone, number, business.id):
            abort(404)
        flash("Die Lehrstelle ist zurückgezogen.")
        return redirect("/")


def create_app(config: Config) -> Flask:
    """The board as a Flask application."""
    app = build("jobs", "Lehrstellenbörse", config)
    Jobs(app, config)
    return app
