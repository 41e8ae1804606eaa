"""The WSGI application, found by `flask run`, `granian --interface wsgi` and `gunicorn`."""

from idp.app import create_app
from idp.cli import logs

logs.configure()
application = create_app()
