"""What the Telegram tests share: a bus that writes down, an owner for a running adapter, and replies."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import anyio
from anyio.abc import TaskStatus

from picklebot.model.message import Address, ChatKind
from picklebot.model.parcel import Parcel
from picklebot.platforms.telegram.adapter import TelegramAdapter
from picklebot.platforms.telegram.options import TelegramOptions
from picklebot.sandbox.telegram import SandboxChat, SandboxMessage, TelegramSandbox
from picklebot.testing.intake import RecordingIntake
from picklebot.testing.notes import MemoryNotes


def options_for(tg: TelegramSandbox, **changes: object) -> TelegramOptions:
    """Options that reach the sandbox, in a hurry.

    But a call has its time: one that runs out of it is in doubt, so on a machine that stood still for as long, a send
    that nothing is wrong with would be repeated with a mark.
    """
    hurried = {"poll_timeout": 20, "request_timeout": 60, "chat_pace": 0.02, "group_pace": 0.02}
    return TelegramOptions(**{"token": tg.token, "api_base_url": tg.base_url, **hurried, **changes})  # type: ignore[arg-type]


@asynccontextmanager
async def listening(adapter: TelegramAdapter, intake: RecordingIntake) -> AsyncGenerator[None]:
    """Run the adapter for the length of the block, which begins after its first poll."""

    async def run(*, task_status: TaskStatus[None]) -> None:
        await adapter.run(intake, task_status=task_status)

    async with anyio.create_task_group() as tasks:
        with anyio.fail_after(10):
            await tasks.start(run)
        yield
        tasks.cancel_scope.cancel()


Notes = MemoryNotes


def parcel_to(
    chat: SandboxChat, *, thread: int | None = None, reply_to: SandboxMessage | None = None
) -> Parcel:
    """An open parcel for a chat of the sandbox."""
    kind = ChatKind.PRIVATE if chat.id > 0 else ChatKind.GROUP
    address = Address(
        "telegram",
        "123456",
        str(chat.id),
        kind,
        None if thread is None else str(thread),
        str(reply_to.id) if reply_to else None,
    )
    return Parcel("p1", "s1", address, datetime.now(UTC))
