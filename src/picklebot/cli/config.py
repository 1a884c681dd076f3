"""`picklebot config`: check the configuration before it is used, or see what is in force."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated

import cyclopts
from cyclopts import Parameter

from picklebot import clock
from picklebot.app import load_agents, models_not_ready
from picklebot.assembly.schedule import crons_of
from picklebot.cli.workspace import WorkspaceOption, load_workspace
from picklebot.config import show as shown
from picklebot.config.schema import json_schema

if TYPE_CHECKING:
    from picklebot.platforms.schedule.definition import Cron

app = cyclopts.App(name="config", help="Check the configuration, or show it.")


@app.command
def check(*, workspace: WorkspaceOption = None) -> None:
    """Read everything the gateway would read at its start, and say what is wrong."""
    place, loaded = load_workspace(workspace)
    agents = load_agents(place, loaded)
    crons = crons_of(place, loaded.settings, agents)
    crons.load()
    for warning in (*loaded.warnings, *models_not_ready(agents, os.environ)):
        print(f"warning: {warning}")
    if not place.config.exists():
        print(f"There is no config.yaml in {place.root}; the defaults are used.")
    active = ", ".join(loaded.settings.messagebus.active()) or "none"
    print(f"The configuration is good. Platforms: {active}. Agents: {', '.join(agents.ids())}.")
    for cron in crons.crons.values():
        print(f"Schedule {cron.id}: {_outlook(cron)}.")


def _outlook(cron: Cron) -> str:
    if not cron.enabled:
        return "switched off"
    coming = cron.times.after(clock.now())
    return f"next at {coming.isoformat(timespec='minutes')}" if coming else "never again"


@app.command
def show(
    *,
    effective: Annotated[bool, Parameter(negative="")] = True,
    workspace: WorkspaceOption = None,
) -> None:
    """Show the settings in force, secrets hidden.

    Parameters
    ----------
    effective
        Defaults, both files and the environment together; there is no other way to show them yet.
    """
    del effective
    print(shown.show(load_workspace(workspace)[1].settings), end="")


@app.command
def schema() -> None:
    """Print the JSON schema of config.yaml, for editors."""
    print(json.dumps(json_schema(), indent=2))
