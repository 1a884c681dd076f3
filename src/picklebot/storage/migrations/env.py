"""Alembic's way in: it runs on the connection, and in the transaction, that `storage.schema` hands over."""

from alembic import context

from picklebot.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
