"""`picklebot pairing`: who waits to be let in, and who may come."""

from __future__ import annotations

from typing import Annotated, Final

import cyclopts
from cyclopts import Parameter

from picklebot import clock
from picklebot.api.pairing import BY
from picklebot.bus.commands.operators import ID, PLATFORMS
from picklebot.bus.doors import Entrance
from picklebot.cli.listing import print_json, print_table, read_rows, time_text
from picklebot.cli.running import running_or_lock
from picklebot.cli.terminal import printable
from picklebot.cli.workspace import JsonOption, WorkspaceOption, load_workspace
from picklebot.errors import UsageError
from picklebot.logs import configure
from picklebot.storage.database import Database
from picklebot.storage.doors import SqlListEdits, SqlPairings

app = cyclopts.App(name="pairing", help="Let people in, or shut them out.")

_LATER: Final = "in force when the gateway starts"
_NOW: Final = "in force within two seconds"


@app.command(name="list")
async def list_pending(*, json: JsonOption = False, workspace: WorkspaceOption = None) -> None:
    """List who waits with a code. The codes themselves are known to them alone."""
    found = await read_rows(workspace, lambda tx: SqlPairings().pending(tx, clock.now()), missing=[])
    if json:
        print_json(
            [
                {
                    "platform": it.platform,
                    "user_id": it.user_id,
                    "name": it.name,
                    "until": time_text(it.until),
                }
                for it in found
            ]
        )
        return
    print_table(
        ("platform", "user", "name", "until"),
        [(it.platform, it.user_id, printable(it.name), time_text(it.until) or "-") for it in found],
    )


@app.command
async def approve(
    code: str,
    /,
    *,
    operator: Annotated[bool, Parameter(negative="")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Let in whoever was given this code; config.runtime.yaml says so from then on.

    Parameters
    ----------
    code
        The eight letters and digits that the bot gave them.
    operator
        Let them use operators' commands, too.
    """
    configure("error")
    place, loaded = load_workspace(workspace)
    async with running_or_lock(place, loaded) as running:
        if running is not None:
            found = await running.post("/api/v1/pairing/approve", {"code": code, "operator": operator})
            who, when = (found["platform"], found["user_id"], found["name"]), _NOW
        else:
            async with Database.open(loaded.database_url) as database:
                doors = Entrance(SqlPairings(), SqlListEdits())
                let_in = await database.write(lambda tx: doors.approve(tx, code, by=BY, operator=operator))
            who, when = (let_in.platform, let_in.user_id, let_in.name), _LATER
    what = "is an operator" if operator else "may talk to the bot"
    print(f"{printable(who[2]) or 'somebody'} ({who[0]}:{who[1]}) {what}; {when}")


@app.command
async def revoke(user: str, /, *, workspace: WorkspaceOption = None) -> None:
    """Shut somebody out, whatever list they stand in.

    Parameters
    ----------
    user
        Who: PLATFORM:ID, such as telegram:123.
    """
    configure("error")
    platform, _, user_id = user.partition(":")
    if platform not in PLATFORMS or not ID.fullmatch(user_id):
        raise UsageError(f"{user!r} is nobody's id; write it as telegram:123 or discord:123")
    place, loaded = load_workspace(workspace)
    async with running_or_lock(place, loaded) as running:
        if running is not None:
            await running.post("/api/v1/pairing/revoke", {"platform": platform, "user_id": user_id})
        else:
            async with Database.open(loaded.database_url) as database:
                doors = Entrance(SqlPairings(), SqlListEdits())
                await database.write(lambda tx: doors.revoke(tx, platform, user_id, by=BY))
    print(f"{user} may not talk to the bot any more; {_NOW if running else _LATER}")
