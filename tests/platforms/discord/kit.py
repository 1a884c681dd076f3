"""What the Discord tests share: an owner for a running adapter, addresses, and a durable record."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import anyio
from anyio.abc import TaskStatus

from picklebot.model.message import Address, ChatKind
from picklebot.model.parcel import Parcel
from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.platforms.discord.options import DiscordOptions
from picklebot.ports.platform import Intake
from picklebot.sandbox.discord import DiscordSandbox, Message, SandboxChannel
from picklebot.testing.notes import MemoryNotes


def options_for(dc: DiscordSandbox, **changes: object) -> DiscordOptions:
    """Options that reach the sandbox, in a hurry."""
    given = {"token": dc.token, "api_base_url": dc.api_base_url, "chat_pace": 0.02, "group_pace": 0.02}
    return DiscordOptions(**{**given, **changes})  # type: ignore[arg-type]


@asynccontextmanager
async def listening(adapter: DiscordAdapter, intake: Intake) -> AsyncGenerator[None]:
    """Run the adapter for the length of the block, which begins when it is connected."""

    async def run(*, task_status: TaskStatus[None]) -> None:
        await adapter.run(intake, task_status=task_status)

    async with anyio.create_task_group() as tasks:
        with anyio.fail_after(10):
            await tasks.start(run)
        yield
        tasks.cancel_scope.cancel()


Notes = MemoryNotes


def parcel_to(
    channel: SandboxChannel,
    *,
    reply_to: Message | None = None,
    interaction: str | None = None,
    posted: tuple[str, ...] = (),
    parcel_id: str = "p1",
) -> Parcel:
    """A parcel for a channel of the sandbox."""
    row = channel.row
    address = Address(
        platform="discord",
        bot_id="1",
        chat_id=str(row.parent.id if row.parent else row.id),
        chat_kind=ChatKind.PRIVATE if row.guild is None else ChatKind.GROUP,
        thread_id=str(row.id) if row.parent else None,
        reply_to=str(reply_to.id) if reply_to else None,
        interaction=interaction,
    )
    return Parcel(parcel_id, "s1", address, datetime.now(UTC), posted=posted)
