"""Run the migrations on the connection that was given; Alembic imports this by its name."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
