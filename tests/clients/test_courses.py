"""Course booking: public to read, one seat for each person."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from clients.courses.app import create_app

from .conftest import Browser


def test_everyone_reads_the_list(courses: Browser) -> None:
    home = courses.get("/")

    assert home.status == 200
    assert "Ausbildung der Ausbilder" in home.text
    assert "Anmelden und buchen" in courses.get("/courses/1").text


def test_all_courses_begin_in_the_future(courses: Browser) -> None:
    with closing(sqlite3.connect(courses.config.data_dir / "courses.sqlite3")) as link:
        starts = [row[0] for row in link.execute("SELECT starts FROM course")]

    assert len(starts) == 6
    assert min(starts) > datetime.now(UTC).date().isoformat()


def test_a_second_start_keeps_courses_and_bookings(courses: Browser) -> None:
    courses.sign_in()
    courses.post("/courses/2/book")

    again = create_app(courses.config).test_client()

    assert again.get("/", base_url=courses.config.url).text.count('<li class="card">') == 6
    assert "Wärmepumpen" in courses.get("/bookings").text


def test_a_person_books_and_cancels(courses: Browser) -> None:
    courses.sign_in("/login?next=/courses/1")
    assert "anna@example.org" in courses.get("/courses/1").text

    assert courses.post("/courses/1/book").location == "/bookings"
    booked = courses.get("/bookings").text
    assert "Gebucht: Ausbildung der Ausbilder" in booked

    assert courses.post("/bookings/1/cancel").location == "/bookings"
    assert "noch keinen Kurs gebucht" in courses.get("/bookings").text


def test_booking_needs_a_sign_in(courses: Browser) -> None:
    courses.sign_in()
    courses.client.delete_cookie("courses_session", domain="127.0.0.1")

    assert courses.get("/bookings").location == "/login?next=/bookings"
    assert courses.post("/courses/1/book").status == 400


def test_a_seat_is_given_once(courses: Browser) -> None:
    courses.sign_in()
    courses.post("/courses/6/book")

    assert courses.post("/courses/6/book").status == 409
    assert "Ausgebucht" in courses.get("/").text


def test_nobody_cancels_for_another(courses: Browser) -> None:
    with closing(sqlite3.connect(courses.config.data_dir / "courses.sqlite3")) as link, link:
        insert = "INSERT INTO booking (course, sub, name, email) VALUES (1, 'berta', 'B', 'b')"
        link.execute(insert)
    courses.sign_in()

    assert courses.post("/bookings/1/cancel").status == 404


def test_a_course_that_is_not_there_is_a_friendly_404(courses: Browser) -> None:
    for number in ("99", "999999999999999999999999", "-1", "x"):
        assert courses.get(f"/courses/{number}").status == 404
