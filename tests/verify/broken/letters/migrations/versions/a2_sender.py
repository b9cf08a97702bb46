import sqlalchemy as sa
from alembic import op

revision = "a2"
down_revision = "a1"


def upgrade() -> None:
    op.add_column("letter", sa.Column("sender", sa.Text))


def downgrade() -> None:
    op.drop_column("letter", "sender")
