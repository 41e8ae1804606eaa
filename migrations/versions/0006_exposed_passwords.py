"""Passwords that others may know stay known, so that they never come back."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "former_password",
        sa.Column("exposed", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
