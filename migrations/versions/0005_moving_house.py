"""What moving house needs: other names of accounts, rows on their way in, passwords of before."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _account()
    _former_password()
    _account_name()
    _account_import()
    _account_import_row()
    _account_import_name()


def _account() -> None:
    op.create_index(
        "ix_account_password",
        "account",
        ["id"],
        unique=False,
        sqlite_where=sa.text("password_hash IS NOT NULL"),
        postgresql_where=sa.text("password_hash IS NOT NULL"),
    )


def _former_password() -> None:
    op.create_table(
        "former_password",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("encoded", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name="fk_former_password_account_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_former_password"),
    )
    op.create_index(
        "ix_former_password_account_id", "former_password", ["account_id"], unique=False
    )


def _account_name() -> None:
    op.create_table(
        "account_name",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_account_name_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "key", "account_id", name="pk_account_name"),
    )
    op.create_index("ix_account_name_account_id", "account_name", ["account_id"], unique=False)
    op.create_index(
        "uq_account_name_key",
        "account_name",
        ["kind", "key"],
        unique=True,
        sqlite_where=sa.text("kind IN ('email', 'id')"),
        postgresql_where=sa.text("kind IN ('email', 'id')"),
    )


def _account_import() -> None:
    op.create_table(
        "account_import",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account_import"),
    )


def _account_import_row() -> None:
    op.create_table(
        "account_import_row",
        sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_name", sa.String(), nullable=True),
        sa.Column("family_name", sa.String(), nullable=True),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mail_id", sa.String(), nullable=True),
        sa.Column("mail", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["account_import.id"],
            name="fk_account_import_row_import_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "line", name="pk_account_import_row"),
    )


def _account_import_name() -> None:
    op.create_table(
        "account_import_name",
        sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["account_import.id"],
            name="fk_account_import_name_import_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "line", "kind", "key", name="pk_account_import_name"),
    )
