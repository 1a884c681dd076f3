"""`picklebot run`: the gateway, until a signal ends it."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Final, Literal

import anyio
import structlog
from anyio.abc import TaskStatus
from cyclopts import Parameter

from picklebot.api.inside import AppGateway
from picklebot.api.port import SPARE_PORTS, bind, url_of
from picklebot.app import App, load_agents, models_not_ready, open_app
from picklebot.cli.heap import loading
from picklebot.cli.workspace import WorkspaceOption, load_workspace
from picklebot.config.lock import WorkspaceLock
from picklebot.config.secrets import secrets_of
from picklebot.config.workspace import Workspace
from picklebot.logs import configure
from picklebot.platforms.web.settings import WebSettings

log = structlog.get_logger()

PARTING_SECONDS: Final = 10.0
"""Beyond the drain, so long may replies, files and connections take to come to their end."""

FIRST_OPERATOR: Final = """\
  Nobody may let people in from a chat yet. Write to the bot, and enter the code that it gives you:
    picklebot pairing approve CODE --operator
  If it answers you already, put your id, which /whoami tells, under `operators:` in config.yaml.
"""

Level = Annotated[
    Literal["debug", "info", "warning", "error"], Parameter(help="The least important log lines to show.")
]


async def run(*, log_level: Level = "info", workspace: WorkspaceOption = None) -> None:
    """Start the gateway and serve until SIGTERM or Ctrl-C.

    Running turns are finished first; a second signal ends them at once, and the next start goes on with them.
    """
    configure(log_level)
    place, loaded = load_workspace(workspace)
    configure(log_level, secrets=secrets_of(loaded.settings))
    agents = load_agents(place, loaded)
    for warning in (*loaded.warnings, *models_not_ready(agents, os.environ)):
        log.warning("a setting needs a look", detail=warning)
    with WorkspaceLock(place) as lock:
        async with anyio.create_task_group() as tasks:
            stopping = anyio.Event()
            tasks.start_soon(_listen_for_signals, stopping)
            tasks.start_soon(_end_at_last, stopping, loaded.settings.limits.drain + PARTING_SECONDS)
            async with AsyncExitStack() as stack:
                # Before anything is taken up: a start that cannot have its port leaves no trace.
                listener = stack.enter_context(_listener(loaded.settings.messagebus.web))
                with loading():
                    app = await stack.enter_async_context(open_app(place, loaded, agents))
                await _serve(place, app, listener, lock.publish, stopping)
            tasks.cancel_scope.cancel()


@contextmanager
def _listener(web: WebSettings) -> Generator[socket.socket | None]:
    """The port of the page, if it is switched on."""
    if not web.enabled:
        yield None
        return
    with bind(web.host, web.port, spare=0 if web.port_is_configured else SPARE_PORTS) as listener:
        yield listener


async def _serve(
    place: Workspace,
    app: App,
    listener: socket.socket | None,
    publish: Callable[[str | None], None],
    stopping: anyio.Event,
) -> None:
    web = app.settings.messagebus.web
    gateway = AppGateway(app)
    async with anyio.create_task_group() as tasks:
        url = None
        if listener is not None:
            await tasks.start(_show_page, gateway, web, listener)
            url = url_of(web.host, listener)
        publish(url)
        _welcome(place.root, url, [(it.name, it.key) for it in gateway.unconfigured()])
        if _lacks_operator(app):
            print(FIRST_OPERATOR, flush=True)
        await stopping.wait()
        log.info("stopping; a second signal stops at once")
        await app.drain()
        tasks.cancel_scope.cancel()


async def _show_page(
    gateway: AppGateway, web: WebSettings, listener: socket.socket, *, task_status: TaskStatus[None]
) -> None:
    """Serve until cancelled. Only who shows the page loads what serves it."""
    from picklebot.api.listen import serve  # noqa: PLC0415
    from picklebot.api.server import build_api  # noqa: PLC0415

    token = web.token.get_secret_value() if web.token else None
    api = build_api(gateway, host=web.host, token=token)
    await serve(api, listener, task_status=task_status)


async def _listen_for_signals(stopping: anyio.Event) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            if stopping.is_set():
                # Everything that was accepted is in the database: there is nothing to tidy up.
                os._exit(0)
            stopping.set()


async def _end_at_last(stopping: anyio.Event, seconds: float) -> None:
    """A model or tool that does not end when told to must not keep the process alive."""
    await stopping.wait()
    await anyio.sleep(seconds)
    log.warning("something does not end; the process ends without it")
    # As above: whatever was accepted is in the database.
    os._exit(0)


def _lacks_operator(app: App) -> bool:
    """Whether people can talk to the bot from outside, and nobody there may let others in."""
    settings = app.rules.current
    outside = [name for name in settings.messagebus.active() if name != "web"]
    return bool(outside) and not any(settings.operators.of(name) for name in outside)


def _welcome(root: Path, url: str | None, missing: Sequence[tuple[str, str]]) -> None:
    """Tell the person at the terminal where to go, and calmly what else there is."""
    lines = ["", f"  picklebot runs in {root}", f"  Talk to it: {url}" if url else "  The web page is off."]
    if missing:
        lines += ["", "  Not configured (config.yaml):"]
        lines += [f"    {name:<14} {key}" for name, key in missing]
    print("\n".join([*lines, ""]), flush=True)
