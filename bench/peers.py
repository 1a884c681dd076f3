"""Projects of the same kind, as their users get them: what is installed, and how each is set up."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.town import Town
from bench.venvs import python_in

REDIRECT = Path(__file__).with_name("redirect.py")


@dataclass(frozen=True, slots=True)
class Peer:
    """One project. `arguments` writes its settings into a folder and gives how its module is called.

    `share`: picklebot promises to need at most one such part of its CPU time a message.
    """

    name: str
    requirements: tuple[str, ...]
    python: tuple[int, int]
    share: int
    module: str
    arguments: Callable[[Path, Path, Town, str], list[str]]

    def install(self) -> Path:
        """The Python that has it. Raises NotInstalledError."""
        return python_in(self.name.replace(" ", "-"), self.requirements, self.python)

    def command(self, python: Path, folder: Path, town: Town, model_url: str) -> list[str]:
        """How it is started, with the town's Bot API and the model at `model_url`."""
        arguments = self.arguments(python, folder, town, model_url)
        return [str(python), str(REDIRECT), town.sandbox.base_url, self.module, *arguments]


def environment(folder: Path) -> dict[str, str]:
    """What a peer sees of the machine: a home of its own, and no look-ups on the net for prices of models."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}


def _nanobot(_: Path, folder: Path, town: Town, model_url: str) -> list[str]:
    telegram = {"enabled": True, "token": town.sandbox.token, "allowFrom": ["*"]}
    settings = {
        "agents": {"defaults": {"workspace": str(folder / "space"), "model": "parrot", "provider": "custom"}},
        "providers": {"custom": {"apiKey": "free", "apiBase": model_url}},
        "channels": {"telegram": telegram, "websocket": {"enabled": False}},
    }
    path = folder / "config.json"
    path.write_text(json.dumps(settings))
    return ["gateway", "--foreground", "--config", str(path), "--port", str(_free_port())]


def _pickle_bot(python: Path, folder: Path, town: Town, model_url: str) -> list[str]:
    defaults = next(python.parent.parent.glob("lib/python*/site-packages/picklebot/default_workspace"))
    shutil.copytree(defaults, folder, dirs_exist_ok=True)
    settings = {
        "default_agent": "pickle",
        "llm": {"provider": "openai", "model": "openai/parrot", "api_key": "free", "api_base": model_url},
        "channels": {"enabled": True, "telegram": {"bot_token": town.sandbox.token}},
    }
    (folder / "config.user.yaml").write_text(json.dumps(settings))
    return ["--workspace", str(folder), "server"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


PEERS = (
    Peer(
        "nanobot-ai 0.3.5",
        # what its Telegram channel asks for is not among the package's own requirements
        (
            "nanobot-ai==0.3.5",
            "python-telegram-bot[socks,webhooks]>=22.6,<23.0",
            "python-socks[asyncio]>=2.8,<3",
        ),
        (3, 11),
        60,
        "nanobot",
        _nanobot,
    ),
    Peer("pickle-bot 1.0.5", ("pickle-bot==1.0.5", "mcp"), (3, 13), 10, "picklebot.cli.main", _pickle_bot),
)
