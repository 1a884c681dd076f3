"""One town on two sandboxes, and the gateway that is begun and killed for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import anyio
from tests.aftermath import expect_clean
from tests.canaries import Canaries
from tests.kills.gateways import FreshLife, Life, Nest, open_nest
from tests.kills.ledger import Glance, Ledger
from tests.kills.town import Town, write_config

from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import TelegramSandbox

KILLED = -9
PATIENCE_SECONDS = 240.0
MANY_IDENTIFIES = 1_000_000_000
"""IDENTIFYs that the sandbox allows in a day: with so many the gateway need not spare them."""
TICK = 0.05
LAST_LINES = 30


class Stage:
    """Where a test of kills plays: its town, and lives in one workspace after each other."""

    def __init__(self, town: Town, nest: Nest, workspace: Path) -> None:
        self.town = town
        self.nest = nest
        self.workspace = workspace

    @asynccontextmanager
    async def life(self, *, fresh: bool = False, point: str = "", nth: int = 1) -> AsyncGenerator[Life]:
        """A life that is killed at the end of the block. Raises AssertionError when it ended by itself."""
        if fresh:
            life: Life = await FreshLife.begin(self.workspace)
        else:
            life = await self.nest.begin(self.workspace, point=point, nth=nth)
        try:
            yield life
        finally:
            with anyio.CancelScope(shield=True):
                await life.kill()
        code = await life.ended()
        assert code == KILLED, f"the gateway ended by itself with {code}:\n{self.last_lines()}"

    def configure(self, **more: str) -> None:
        """Write the configuration for the lives to come, with more keys for both chat platforms."""
        write_config(self.workspace, self.town, **more)

    def ledger(self) -> Ledger:
        """What the database says now."""
        return Ledger.read(self.workspace)

    def glance(self) -> Glance:
        """What the database says is unfinished now."""
        return Glance.read(self.workspace)

    async def rest(self) -> None:
        """Let a gateway run undisturbed until everybody is answered."""
        async with self.life():
            await self.until_quiet()

    async def until_quiet(self) -> None:
        """Wait until everybody is answered and nothing is owed. Raises AssertionError when that takes too long."""
        await self.until(self._is_quiet, "everybody is answered")

    async def until(self, happens: Callable[[], bool], what: str) -> None:
        """Wait for something. Raises AssertionError with the gateway's last words when it takes too long."""
        with anyio.move_on_after(PATIENCE_SECONDS) as patience:
            while not happens():  # noqa: ASYNC110 - two sandboxes and a database have no common event
                await anyio.sleep(TICK)
        if patience.cancelled_caught:
            left = [it.token for it in self.town.unanswered(self.glance().given_up)]
            raise AssertionError(f"it never came that {what}; without an answer: {left}\n{self.last_lines()}")

    def last_lines(self) -> str:
        """The end of the gateway's log."""
        lines = (self.workspace / "gateway.log").read_text("utf-8").splitlines()
        return "\n".join(lines[-LAST_LINES:])

    def _is_quiet(self) -> bool:
        glance = self.glance()
        is_open = glance.owed or glance.attempts or self.town.unanswered(glance.given_up)
        return not is_open and not self.ledger().unaccounted


@asynccontextmanager
async def open_stage(workspace: Path, random: Random) -> AsyncGenerator[Stage]:
    """Both sandboxes with their town, a warm process, and a configuration; what they leave is judged at the end."""
    async with (
        TelegramSandbox.start() as tg,
        DiscordSandbox.start(identifies=MANY_IDENTIFIES) as dc,
        open_nest(workspace / "witness") as nest,
    ):
        stage = Stage(Town(tg, dc, random), nest, workspace)
        stage.configure()
        with stage.town.watched():
            yield stage
        shown = [it.text for chat in stage.town.chats({}).values() for it in chat.shown]
        expect_clean(workspace, Canaries(tg.token, dc.token), chats=shown)
