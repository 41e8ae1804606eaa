"""Start the application: `python -m clients.courses`.

Installed it is `python -m idp.clients.courses`.
"""

from ..common import serve
from .app import create_app

serve(create_app, 8001)
