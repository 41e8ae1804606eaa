"""Course booking: anyone reads the list, a person signed in books and cancels."""

from sqlite3 import Row

from flask import Flask, abort, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from ..common import Config, Database, today
from ..oidc import SignIn
from ..web import PageError, build
from . import offer

SCHEMA = """
CREATE TABLE IF NOT EXISTS course (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, about TEXT NOT NULL, place TEXT NOT NULL,
    starts TEXT NOT NULL, days INTEGER NOT NULL, seats INTEGER NOT NULL, fee INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS booking (
    id INTEGER PRIMARY KEY, course INTEGER NOT NULL REFERENCES course (id), sub TEXT NOT NULL,
    name TEXT NOT NULL, email TEXT NOT NULL, UNIQUE (course, sub)
);
"""
OFFER = """
INSERT INTO course (starts, title, about, place, days, seats, fee) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
UPCOMING = """
SELECT course.*, seats - (SELECT count(*) FROM booking WHERE course = course.id) AS free
FROM course WHERE starts >= ?
"""
# Counting and booking are one statement, so that the last seat is given once.
BOOK = """
INSERT INTO booking (course, sub, name, email) SELECT id, ?, ?, ? FROM course
WHERE id = ? AND starts >= ? AND seats > (SELECT count(*) FROM booking WHERE course = course.id)
ON CONFLICT DO NOTHING RETURNING id
"""
MINE = """
SELECT course.*, booking.id AS booking FROM booking JOIN course ON course.id = booking.course
WHERE sub = ? ORDER BY starts
"""


class Courses:
    """The pages of the course booking."""

    def __init__(self, app: Flask, config: Config) -> None:
        self.database = Database(config.data_dir / "courses.sqlite3")
        self.database.create(SCHEMA)
        if not self.upcoming():
            self.database.fill(OFFER, offer.from_day(today()))
        self.sign_in = SignIn(app, config, self.database, "openid profile email")
        number = "<int(max=999999999):number>"
        app.add_url_rule("/", "home", self.home)
        app.add_url_rule(f"/courses/{number}", "course", self.course)
        app.add_url_rule(f"/courses/{number}/book", "book", self.book, methods=["POST"])
        app.add_url_rule("/bookings", "bookings", self.bookings)
        app.add_url_rule(f"/bookings/{number}/cancel", "cancel", self.cancel, methods=["POST"])

    def upcoming(self) -> list[Row]:
        """All courses that can be booked."""
        return self.database.run(f"{UPCOMING} ORDER BY starts", today().isoformat())

    def find(self, number: int) -> Row:
        """One course that can be booked."""
        found = self.database.run(f"{UPCOMING} AND id = ?", today().isoformat(), number)
        return found[0] if found else abort(404)

    def home(self) -> ResponseReturnValue:
        """The list, for everyone."""
        return render_template("courses.html", courses=self.upcoming())

    def course(self, number: int) -> ResponseReturnValue:
        """One course, with the button that books it."""
        person = self.sign_in.person()
        mine = self.database.run(MINE, person.sub) if person else []
        booked = number in [booking["id"] for booking in mine]
        return render_template("course.html", course=self.find(number), booked=booked)

    def book(self, number: int) -> ResponseReturnValue:
        """Book one seat, once for each person."""
        person, course = self.sign_in.required(), self.find(number)
        facts = (person.sub, person.name, person.email, number, today().isoformat())
        if not self.database.run(BOOK, *facts):
            text = "Der Kurs ist ausgebucht, oder Sie haben ihn schon gebucht."
            ways = (("Meine Buchungen", "/bookings"), ("Zur Kursliste", "/"))
            raise PageError(409, "Nicht gebucht", text, ways)
        flash(f"Gebucht: {course['title']}.")
        return redirect("/bookings")

    def bookings(self) -> ResponseReturnValue:
        """The person's own bookings."""
        person = self.sign_in.required()
        return render_template("bookings.html", bookings=self.database.run(MINE, person.sub))

    def cancel(self, number: int) -> ResponseReturnValue:
        """Give the seat back; only one's own."""
        person = self.sign_in.required()
        cancel = "DELETE FROM booking WHERE id = ? AND sub = ? RETURNING id"
        if not self.database.run(cancel, number, person.sub):
            abort(404)
        flash("Die Buchung ist storniert. Der Platz ist wieder frei.")
        return redirect("/bookings")


def create_app(config: Config) -> Flask:
    """The course booking as a Flask application."""
    app = build("courses", "Kursbuchung", config)
    Courses(app, config)
    return app
