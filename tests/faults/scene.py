"""A gateway process that talks on a loopback Telegram and asks a scripted model, to which bad things are done.

Every secret that it is given is a canary. Leaving the scene judges what it left: files, chats, what it said over HTTP
(`tests.aftermath`).
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
from tests.aftermath import expect_clean, unaccounted
from tests.canaries import Canaries
from tests.engines.scripted import ScriptedServer, serving
from tests.kills.gateways import Life, Nest
from tests.road.gateway_process import GatewayProcess, run_gateway

from picklebot.sandbox.telegram import SandboxChat, SandboxUser, TelegramSandbox

PATIENCE = 120.0
PAGES = (
    "/healthz",
    "/readyz",
    "/api/v1/messages",
    "/api/v1/sessions",
    "/api/v1/sessions/none",
    "/openapi.json",
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person in a private chat with the bot."""

    user: SandboxUser
    chat: SandboxChat

    def say(self, text: str) -> None:
        """Write to the bot."""
        self.chat.say(self.user, text)

    @property
    def name(self) -> str:
        """Their id, as keys have it."""
        return str(self.user.id)

    @property
    def heard(self) -> list[str]:
        """What the bot wrote there, as it stands now."""
        return [it.text for it in self.chat.replies]

    async def hear(self, text: str, *, patience: float = PATIENCE) -> str:
        """Wait for a message of the bot with this in it."""
        found = await self.chat.wait_for(lambda it: it.from_bot and text in it.text, patience)
        return found.text


@dataclass(slots=True)
class Scene:
    """Where a fault plays.

    `elsewhere` is the database where it is not in the workspace. `bodies` are the answers over HTTP that were seen.
    """

    tg: TelegramSandbox
    model: ScriptedServer
    workspace: Path
    canaries: Canaries
    elsewhere: Path | None = None
    bodies: list[str] = field(default_factory=list[str])

    @property
    def database(self) -> Path:
        """The gateway's database."""
        return self.elsewhere or self.workspace / "data/picklebot.db"

    def speaker(self, number: int) -> Speaker:
        """Somebody new."""
        user = self.tg.user(number, f"Speaker {number}")
        return Speaker(user, self.tg.private(user))

    def configure(self, *, llm: bool = False, **limits: object) -> None:
        """Write config.yaml: the demo model or the scripted one, and these limits."""
        model = {"model": "openai-chat:any", "base_url": self.model.url} if llm else {}
        telegram = {"bot_token": self.tg.token, "api_base_url": self.tg.base_url}
        settings = {
            "llm": {"api_key": self.canaries.api_key, **model},
            "limits": limits,
            "database_url": f"sqlite:///{self.elsewhere}" if self.elsewhere else "sqlite",
            "messagebus": {
                "web": {"port": 0, "token": self.canaries.web_token},
                "telegram": {**telegram, "allowed_user_ids": ["*"], "rate": "off"},
            },
        }
        (self.workspace / "config.yaml").write_text(json.dumps(settings), "utf-8")

    @asynccontextmanager
    async def gateway(
        self, *, environ: Mapping[str, str] | None = None, output: int | None = None
    ) -> AsyncGenerator[GatewayProcess]:
        """One life. It ends by kill -9 if it has not ended before; what it says over HTTP is read before that."""
        async with run_gateway(self.workspace, "telegram", environ=environ, output=output) as gateway:
            yield gateway
            if gateway.returncode is None:
                await self.read_pages()

    @asynccontextmanager
    async def life(self, nest: Nest) -> AsyncGenerator[Life]:
        """A life that is forked from a warm process, and killed at the end of the block."""
        life = await nest.begin(self.workspace)
        try:
            yield life
        finally:
            with anyio.CancelScope(shield=True):
                await life.kill()

    async def read_pages(self) -> None:
        """Keep what the gateway says over HTTP now."""
        url = json.loads((self.workspace / "data/.lock").read_text())["url"]
        access = {"Authorization": f"Bearer {self.canaries.web_token}"}
        async with httpx.AsyncClient(base_url=url, headers=access, trust_env=False) as http:
            for page in PAGES:
                response = await http.get(page)
                self.bodies += [str(response.headers), response.text]

    async def until_quiet(self) -> None:
        """Wait until Telegram has nothing more to tell, and every message is accounted for."""
        await self.tg.wait_confirmed(PATIENCE)
        await until(lambda: not any(unaccounted(self.database)))

    def judge(self) -> None:
        """What must hold after every fault."""
        shown = [
            version.text for chat in self.tg.chats.values() for it in chat.messages for version in it.versions
        ]
        expect_clean(self.workspace, self.canaries, replies=shown, http=self.bodies)


async def until(happens: Callable[[], Any], patience: float = PATIENCE) -> None:
    """Wait for something that has no event, such as a row of another process' database."""
    with anyio.fail_after(patience):
        while not happens():  # noqa: ASYNC110 - see above
            await anyio.sleep(0.05)


@asynccontextmanager
async def open_scene(
    workspace: Path, *, llm: bool = False, elsewhere: Path | None = None, **limits: object
) -> AsyncGenerator[Scene]:
    """A scene with its configuration; what it leaves behind is judged when its test went well."""
    canaries = Canaries()
    async with TelegramSandbox.start(token=canaries.telegram_token) as tg, serving() as model:
        scene = Scene(tg, model, workspace, canaries, elsewhere)
        scene.configure(llm=llm, **limits)
        yield scene
        scene.judge()
