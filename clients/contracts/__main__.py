"""Start the application: `python -m clients.contracts`.

Installed it is `python -m idp.clients.contracts`.
"""

from ..common import serve
from .app import create_app

serve(create_app, 8002)
