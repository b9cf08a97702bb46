"""Alembic's way in: `python -m assistant.migrate` hands over a connection, the `alembic` command has one made here."""

from alembic import context
from sqlalchemy import Connection

from assistant.db import make_engine
from assistant.models import metadata
from assistant.settings import from_environment


def carry_out(connection: Connection) -> None:
    # SQLite can take a change of tables back like any other: one transaction, all of it or nothing.
    context.configure(connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    carry_out(given)
else:
    database = from_environment().database
    engine = make_engine(database).execution_options(writes=True)
    with engine.connect() as made:
        carry_out(made)
        made.commit()
