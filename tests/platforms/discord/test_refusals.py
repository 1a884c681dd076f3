"""Every way in which Discord refuses, one row each: P17."""

import anyio
import discord
import pytest
from tests.platforms.discord.kit import Notes, listening, parcel_to

from picklebot.errors import DeliveryDelayedError, DeliveryImpossibleError, PlatformError, PlatformFatalError
from picklebot.model.events import Final
from picklebot.platforms.discord.refusals import (
    InteractionOverError,
    ReplyForbiddenError,
    ThreadThereError,
    delivery_error,
    platform_error,
)
from picklebot.replies.stream import ReplyStream
from picklebot.replies.surface import MessageGoneError

pytestmark = pytest.mark.requirement("P17")

SEND = "POST /channels/*/messages"


@pytest.fixture
async def rest(adapter, intake, general):
    """A logged-in connection."""
    async with listening(adapter, intake):
        yield await adapter._line.rest()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (403, 50007, DeliveryImpossibleError),
        (403, 50001, DeliveryImpossibleError),
        (403, 50013, DeliveryImpossibleError),
        (404, 10003, DeliveryImpossibleError),
        (400, 50083, DeliveryImpossibleError),
        (400, 50278, DeliveryImpossibleError),
        (400, 50035, DeliveryImpossibleError),
        (400, 160004, ThreadThereError),
        (400, 20028, DeliveryDelayedError),
        (401, 0, DeliveryDelayedError),
        (503, 0, DeliveryDelayedError),
        (404, 10008, MessageGoneError),
        (403, 50005, MessageGoneError),
        (404, 10062, InteractionOverError),
        (404, 10015, InteractionOverError),
        (401, 50027, InteractionOverError),
        (400, 40060, DeliveryImpossibleError),
        (403, 50021, MessageGoneError),
        (404, 10004, DeliveryImpossibleError),
        (400, 20009, DeliveryImpossibleError),
        (413, 40005, DeliveryImpossibleError),
        (400, 50006, DeliveryImpossibleError),
        (400, 50008, DeliveryImpossibleError),
        (400, 50024, DeliveryImpossibleError),
        (400, 200000, DeliveryImpossibleError),
        (400, 99999, DeliveryImpossibleError),
        (400, 20016, DeliveryDelayedError),
        (400, 20022, DeliveryDelayedError),
        (400, 40062, DeliveryDelayedError),
        (400, 30046, DeliveryDelayedError),
        (400, 130000, DeliveryDelayedError),
        (400, 160002, ReplyForbiddenError),
    ],
)
async def test_answers_of_rest(dc, rest, status, code, expected):
    dc.fault(SEND, status=status, code=code)
    with pytest.raises(expected):
        await rest.send("2", {"content": "hello"}, "n")


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_lost_connections_may_have_done_it(dc, rest, drop):
    dc.fault(SEND, drop=drop)
    with pytest.raises(DeliveryDelayedError) as caught:
        await rest.send("2", {"content": "hello"}, "n")
    assert caught.value.maybe_done


async def test_a_short_rate_limit_is_waited_for(dc, adapter, intake, general):
    async with listening(adapter, intake):
        dc.fault(SEND, status=429, retry_after=0.05)
        with anyio.fail_after(5):
            await adapter.frontend.render(parcel_to(general), ReplyStream.of(Final("hello")), Notes())
    assert [message.text for message in general.messages] == ["hello"]


async def test_a_long_rate_limit_is_told(dc, rest):
    dc.fault(SEND, status=429, retry_after=120.0)
    with pytest.raises(DeliveryDelayedError) as caught:
        await rest.send("2", {"content": "hello"}, "n")
    assert caught.value.seconds == 120.0


async def test_a_closed_connection_delays(dc, adapter, intake, general):
    async with listening(adapter, intake):
        rest = await adapter._line.rest()
    with pytest.raises(DeliveryDelayedError):
        await rest.send("2", {"content": "hello"}, "n")


class Socket:
    close_code = 4011


@pytest.mark.parametrize(
    ("error", "fatal"),
    [
        (discord.LoginFailure("no"), True),
        (discord.ConnectionClosed(Socket(), shard_id=None, code=4004), True),  # type: ignore[arg-type]
        (discord.ConnectionClosed(Socket(), shard_id=None, code=4011), True),  # type: ignore[arg-type]
        (discord.ConnectionClosed(Socket(), shard_id=None, code=4999), False),  # type: ignore[arg-type]
        (discord.PrivilegedIntentsRequired(None), False),
        (discord.GatewayNotFound(), False),
        (ConnectionRefusedError(), False),
        (TimeoutError(), False),
        (KeyError("odd"), False),
        (PlatformError("as it is"), False),
    ],
)
def test_ends_of_a_connection(error: Exception, fatal: bool) -> None:
    said = platform_error(error)
    assert isinstance(said, PlatformFatalError) == fatal
    assert "\n" not in str(said)


def test_what_is_not_known_is_tried_again() -> None:
    assert isinstance(delivery_error(RuntimeError("Session is closed")), DeliveryDelayedError)
