"""What every command begins with: the workspace, its settings, and quiet logs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from picklebot.config.load import Loaded, load_settings
from picklebot.config.workspace import Workspace

WorkspaceOption = Annotated[
    Path | None,
    Parameter(name="--workspace", help="The folder to work in; else PICKLEBOT_WORKSPACE, else this one."),
]
JsonOption = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


def load_workspace(option: Path | None) -> tuple[Workspace, Loaded]:
    """The workspace that was asked for and its settings. Raises ConfigError."""
    workspace = Workspace.find(option, os.environ)
    return workspace, load_settings(workspace, os.environ)
