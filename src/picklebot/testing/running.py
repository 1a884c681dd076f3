"""A whole gateway inside a test: its own workspace, real platforms, nothing mocked."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import anyio

from picklebot.api.gateway import SessionWish
from picklebot.api.inside import AppGateway
from picklebot.app import App, load_agents, open_app
from picklebot.cli.doors import OwnDoor
from picklebot.config.load import load_settings
from picklebot.config.lock import WorkspaceLock
from picklebot.config.workspace import Workspace
from picklebot.errors import PlatformError
from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import TelegramSandbox

START_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """A gateway that listens. `app` is all of it, `workspace` the folder that it lives in."""

    app: App
    workspace: Workspace

    async def ask(
        self,
        text: str,
        *,
        agent: str | None = None,
        speaker: str = "tester",
        timeout: float = ANSWER_SECONDS,
    ) -> str:
        """Say something as a terminal does, and give the whole answer; the same speaker goes on in one session.

        Raises PicklebotError for a turn that failed, NotFoundError for an unknown agent and TimeoutError
        after `timeout` seconds.
        """
        door = OwnDoor(AppGateway(self.app))
        with anyio.fail_after(timeout):
            entered = await door.session(SessionWish("console", speaker, agent=agent))
            said = await door.ask(entered.session_id, text)
            return said.reply


@asynccontextmanager
async def run_gateway(
    root: Path,
    *,
    agents: Path | None = None,
    telegram: TelegramSandbox | None = None,
    discord: DiscordSandbox | None = None,
    config: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> AsyncGenerator[RunningGateway]:
    """Run a gateway in the folder `root` until the block ends; it then stops in order, as SIGTERM does.

    `agents` is copied in when there are none yet; without it the embedded agent answers. The gateway is
    connected to the sandboxes given, admits everybody there and keeps to no rate. `config` is laid over that
    as config.yaml. Nothing of this process' environment is used but what `environ` holds. A second gateway
    in the same folder goes on where the first one stopped.

    Raises what `picklebot run` would end with, and PlatformError when a platform cannot be listened on.
    """
    if agents is not None and not (root / "agents").exists():
        shutil.copytree(agents, root / "agents")
    settings = _merged(_connected(telegram, discord), config or {})
    # JSON is YAML, and needs no second library to write it.
    (root / "config.yaml").write_text(json.dumps(settings, indent=2), encoding="utf-8")
    workspace = Workspace.find(root, {})
    loaded = load_settings(workspace, environ or {})
    catalog = load_agents(workspace, loaded)
    with _plain_errors(), WorkspaceLock(workspace):
        async with open_app(workspace, loaded, catalog) as app:
            await _listening(app)
            yield RunningGateway(app, workspace)
            await app.drain()


def _connected(telegram: TelegramSandbox | None, discord: DiscordSandbox | None) -> dict[str, Any]:
    open_to_all = {"allowed_user_ids": ["*"], "rate": "off"}
    bus: dict[str, Any] = {}
    if telegram is not None:
        bus["telegram"] = {
            "bot_token": telegram.token,
            "api_base_url": telegram.base_url,
            **open_to_all,
        }
    if discord is not None:
        bus["discord"] = {
            "bot_token": discord.token,
            "api_base_url": discord.api_base_url,
            "gateway_url": discord.gateway_url,
            **open_to_all,
        }
    return {"messagebus": bus} if bus else {}


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    return {**below, **{key: _over(below.get(key), value) for key, value in above.items()}}


def _over(under: Any, value: Any) -> Any:
    if isinstance(under, Mapping) and isinstance(value, Mapping):
        return _merged(cast("Mapping[str, Any]", under), cast("Mapping[str, Any]", value))
    return value


async def _listening(app: App) -> None:
    """Wait until each platform has listened once, so that nothing that is said next can be missed."""
    with anyio.move_on_after(START_SECONDS) as waiting:
        for supervisor in app.supervisors:
            await supervisor.settled.wait()
    for name, health in app.platforms().items():
        if health.state == "parked" or (waiting.cancelled_caught and health.state != "up"):
            raise PlatformError(f"{name} does not listen: {health.detail or health.state}")


@contextmanager
def _plain_errors() -> Generator[None]:
    """Let a test's own failure come out as itself, not wrapped once for every task group around it."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise _innermost(group) from None


def _innermost(error: BaseException) -> BaseException:
    is_group = isinstance(error, BaseExceptionGroup)
    inner = cast("BaseExceptionGroup[BaseException]", error).exceptions if is_group else ()
    return _innermost(inner[0]) if len(inner) == 1 else error
