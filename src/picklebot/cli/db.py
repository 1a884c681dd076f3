"""`picklebot db`: the database, when the gateway itself is not asked."""

from __future__ import annotations

import cyclopts
from anyio.to_thread import run_sync

from picklebot.cli.workspace import WorkspaceOption, load_workspace
from picklebot.config.lock import WorkspaceLock
from picklebot.logs import configure
from picklebot.storage.backup import back_up_url
from picklebot.storage.database import Database

app = cyclopts.App(name="db", help="Look after the database.")


@app.command
async def upgrade(*, workspace: WorkspaceOption = None) -> None:
    """Bring the database to the form that this version reads; a backup is made before. Stop the gateway first.

    `picklebot run` does the same when it starts.
    """
    configure("info")
    place, loaded = load_workspace(workspace)
    with WorkspaceLock(place):
        async with Database.open(loaded.database_url):
            print("The database is up to date.")


@app.command
async def backup(*, workspace: WorkspaceOption = None) -> None:
    """Copy the SQLite database into data/backups, also while the gateway runs, and print the copy's path."""
    _, loaded = load_workspace(workspace)
    print(await run_sync(back_up_url, loaded.database_url))
