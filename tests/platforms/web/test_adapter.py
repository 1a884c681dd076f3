"""The web's two halves, as ports."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import anyio

from picklebot.model.events import Final, ReplyEvent, TextDelta
from picklebot.model.parcel import Parcel
from picklebot.platforms.web.adapter import WebAdapter
from picklebot.platforms.web.frontend import WebFrontend
from picklebot.platforms.web.hub import ReplyHub
from picklebot.platforms.web.parse import address_of
from picklebot.ports.platform import Adapter, Frontend
from picklebot.testing.notes import MemoryNotes


async def test_the_adapter_is_up_once_it_was_started() -> None:
    adapter: Adapter = WebAdapter()
    assert (adapter.platform, adapter.health().state) == ("web", "starting")
    async with anyio.create_task_group() as group:

        async def run(*, task_status: anyio.abc.TaskStatus[None]) -> None:
            await adapter.run(None, task_status=task_status)  # type: ignore[arg-type]

        await group.start(run)
        assert adapter.health().state == "up"
        group.cancel_scope.cancel()


async def test_the_frontend_returns_when_the_last_event_is_published() -> None:
    hub = ReplyHub()
    frontend: Frontend = WebFrontend(hub)

    async def events() -> AsyncIterator[ReplyEvent]:
        yield TextDelta("hi")
        yield Final("hi")

    with hub.subscribe("ann") as mine:
        await frontend.render(
            Parcel("p", "s", address_of("ann", "m"), datetime.now(UTC)), events(), MemoryNotes()
        )
        hub.close()
        assert [(item.parcel_id, item.reply_to) async for item in mine] == [("p", "m")] * 3
