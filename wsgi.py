"""The WSGI application, found by `flask run`, `granian --interface wsgi` and `gunicorn`."""

from idp.app import create_app

application = create_app()
