"""The tools that agents may use: plain async functions, each with what people and models are told of it.

A tool's parameters are those of its function; models read its description. A function raises ToolError to
tell the model, in one sentence, why it has no result.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from picklebot.errors import NotFoundError, UsageError
from picklebot.model.session import ToolKind
from picklebot.ports.posting import Poster

POST_MESSAGE: Final = "post_message"
WRITE_FILE: Final = "write_file"
LIST_FILES: Final = "list_files"
READ_FILE: Final = "read_file"


class ToolError(Exception):
    """A tool has no result; `str(error)` is for the model to read and to go on with."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool. `label` is a short line for people while it runs; `description` is for the model.

    `idempotent` declares that doing it twice does what doing it once does.
    """

    name: str
    kind: ToolKind
    label: str
    description: str
    function: Callable[..., Awaitable[str]]
    idempotent: bool = False

    @property
    def repeatable(self) -> bool:
        """Whether an interrupted call may simply be made again."""
        return self.idempotent or self.kind is ToolKind.LOOK


async def clock(zone: str = "UTC") -> str:
    """Tell the time in UTC and, where another IANA zone is named, there."""
    now = datetime.now(UTC)
    lines = [f"{now:%A, %Y-%m-%d %H:%M:%S} UTC"]
    if zone not in ("", "UTC"):
        lines.append(f"{now.astimezone(_zone(zone)):%A, %Y-%m-%d %H:%M:%S} {zone}")
    return "\n".join(lines)


def _zone(name: str) -> ZoneInfo:
    # A name may also hit a folder of the zone database or leave it: OSError and ValueError.
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ToolError(
            f'There is no time zone "{name[:64]}". Use an IANA name such as Europe/Berlin.'
        ) from None


CLOCK: Final = Tool(
    name="clock",
    kind=ToolKind.LOOK,
    label="looking at the clock",
    description="The date and time now, in UTC and optionally in an IANA time zone (Europe/Berlin).",
    function=clock,
)


def post_message(poster: Poster) -> Tool:
    """The tool that speaks first, through `poster`."""

    async def post(text: str, session_id: str = "") -> str:
        try:
            posted = await poster.post(text, session_id=session_id or None)
        except (UsageError, NotFoundError) as error:
            raise ToolError(str(error)) from None
        return f"Posted to {posted.address.platform}, chat {posted.address.chat_id}."

    return Tool(
        name=POST_MESSAGE,
        kind=ToolKind.POST,
        label="posting a message",
        description="Post a message of its own to the operator's default chat, or to a session by its id.",
        function=post,
    )


def known_tools() -> frozenset[str]:
    """The names that AGENT.md may list under `tools`."""
    return frozenset({CLOCK.name, POST_MESSAGE, WRITE_FILE, LIST_FILES, READ_FILE})


def offered_tools(
    tools: Iterable[Tool], names: Collection[str], kinds: Collection[ToolKind]
) -> tuple[Tool, ...]:
    """Those of `tools` that a turn may use: its agent lists their `names`, its policy allows their `kinds`."""
    there = {tool.name: tool for tool in tools}
    listed = (there[name] for name in dict.fromkeys(names) if name in there)
    return tuple(tool for tool in listed if tool.kind in kinds)
