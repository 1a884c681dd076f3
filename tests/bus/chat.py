"""One person in a chat, as a test plays them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count

from tests.memory_road import Road, message

from picklebot.model.choice import Press
from picklebot.model.message import Command, Sender
from picklebot.testing.frontend import Shown

_presses = count(1)


@dataclass
class Chat:
    """A private chat; everything that is said is waited for to its answer."""

    road: Road
    user: str = "123"

    async def ask(self, text: str) -> str:
        """Ask the agent."""
        return (await self._answered(text, None)).text

    async def say(self, name: str, args: str = "") -> Shown:
        """Say a command."""
        return await self._answered(f"/{name} {args}".strip(), Command(name, args))

    async def tell(self, name: str, args: str = "") -> str:
        """Say a command, for its words alone."""
        return (await self.say(name, args)).text

    async def press(self, shown: Shown, label: str) -> Shown:
        """Press the button whose label begins so."""
        buttons = [button for row in shown.parcel.buttons for button in row]
        [handle] = [button.handle for button in buttons if button.label.startswith(label)]
        address = replace(shown.parcel.address, reply_to=None)
        before = len(self.road.frontend.shown)
        pressed = Press(
            f"p{next(_presses)}", "shown", handle, address, Sender(self.user, ""), datetime.now(UTC)
        )
        assert await self.road.bus.press(pressed) == ""
        return (await self.road.frontend.wait(before + 1))[-1]

    async def _answered(self, text: str, command: Command | None) -> Shown:
        before = len(self.road.frontend.shown)
        await self.road.bus.accept(message(text, user=self.user, command=command))
        return (await self.road.frontend.wait(before + 1))[-1]


def labels(shown: Shown) -> list[str]:
    """What may be pressed, in order."""
    return [button.label for row in shown.parcel.buttons for button in row]
