"""Start the application: `python -m clients.jobs`.

Installed it is `python -m idp.clients.jobs`.
"""

from ..common import serve
from .app import create_app

serve(create_app, 8003)
