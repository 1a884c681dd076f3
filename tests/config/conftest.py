"""A workspace whose files a test writes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from picklebot.config.load import Loaded, load_settings
from picklebot.config.workspace import Workspace

TOKEN = "123456:abcdefghijklmnopqrstuvwxyz-ABCDEF_012"

Load = Callable[..., Loaded]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def load(workspace: Workspace) -> Load:
    """`load(config, runtime, environ)` writes the files and reads the settings."""

    def load_(
        config: str | None = None, runtime: str | None = None, environ: Mapping[str, str] | None = None
    ) -> Loaded:
        for path, text in ((workspace.config, config), (workspace.runtime, runtime)):
            if text is not None:
                path.write_text(dedent(text), encoding="utf-8")
        return load_settings(workspace, environ or {})

    return load_
