"""What the certified protocol needs: client keys, APIs, spent JWTs, key rotation, asked claims."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _client()
    _resource()
    _pending_request()
    _grant()
    _seen_jti()
    _signing_key()
    _account()


def _client() -> None:
    for column in (
        sa.Column("offline_allowed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("home_uri", sa.String(), nullable=True),
        sa.Column("jwks", sa.JSON(), nullable=True),
        sa.Column("jwks_uri", sa.String(), nullable=True),
        sa.Column("assertion_alg", sa.String(length=10), nullable=True),
        sa.Column("token_url_audience", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("request_object_alg", sa.String(length=10), nullable=True),
        sa.Column("default_max_age", sa.Integer(), nullable=True),
        sa.Column("backchannel_logout_uri", sa.String(), nullable=True),
        sa.Column("resources", sa.JSON(), nullable=False, server_default="[]"),
    ):
        op.add_column("client", column)
    # Staff had given these clients the scope while nothing else was asked for it.
    op.execute("UPDATE client SET offline_allowed = first_party")


def _resource() -> None:
    op.create_table(
        "resource",
        sa.Column("uri", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("business", sa.Boolean(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name="fk_resource_client_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("uri", name="pk_resource"),
    )
    op.create_index("ix_resource_client_id", "resource", ["client_id"], unique=False)


def _pending_request() -> None:
    later = sa.Column("link_later", sa.Boolean(), nullable=False, server_default=sa.false())
    with op.batch_alter_table("pending_request") as table:
        table.alter_column("browser", existing_type=sa.String(), nullable=True)
        table.add_column(sa.Column("account_id", sa.String(), nullable=True))
        table.add_column(sa.Column("allowed_by", sa.String(), nullable=True))
        table.add_column(later)


def _grant() -> None:
    op.add_column("grant", sa.Column("claims", sa.JSON(), nullable=True))
    resources = sa.Column("resources", sa.JSON(), nullable=False, server_default="[]")
    op.add_column("grant", resources)


def _seen_jti() -> None:
    op.create_table(
        "seen_jti",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_seen_jti"),
    )
    op.create_index("ix_seen_jti_ends_at", "seen_jti", ["ends_at"], unique=False)


def _signing_key() -> None:
    op.add_column("signing_key", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "uq_signing_key_next",
        "signing_key",
        ["alg"],
        unique=True,
        sqlite_where=sa.text("state = 'next'"),
        postgresql_where=sa.text("state = 'next'"),
    )


def _account() -> None:
    op.add_column("account", sa.Column("must_change", sa.String(length=20), nullable=True))
    op.add_column("account", sa.Column("terms_version", sa.String(), nullable=True))
    op.add_column("account", sa.Column("claims", sa.JSON(), nullable=False, server_default="{}"))
    op.execute(
        "UPDATE account SET terms_version = (SELECT max(version) FROM accepted_text "
        "WHERE accepted_text.account_id = account.id AND accepted_text.kind = 'terms')"
    )
