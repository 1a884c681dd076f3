"""Every way in which Discord refuses, and our answer to it.

Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes and discord.py's `HTTPClient.request`,
which itself waits for a 429 of up to a minute and repeats 500, 502, 504 and 524 five times.
"""

from __future__ import annotations

from typing import Final

import discord
from aiohttp import ClientConnectorError, ClientError

from picklebot.errors import (
    DeliveryDelayedError,
    DeliveryError,
    DeliveryImpossibleError,
    PlatformError,
    PlatformFatalError,
    StorageError,
)
from picklebot.platforms.proxies import ProxyFailedError
from picklebot.replies.surface import MessageGoneError

FAILURES: Final = (discord.DiscordException, ClientError, OSError, TimeoutError, RuntimeError)
"""All that a REST call of discord.py may raise; the last when its session was closed meanwhile."""


class InteractionOverError(DeliveryError):
    """The slash command cannot be answered any more; the answer goes to its chat."""


class ContentRefusedError(PlatformError):
    """The message content intent is not granted; the bot can go on without it."""


class ReplyForbiddenError(DeliveryError):
    """The bot may speak there, but not as a reply."""


class ThreadThereError(DeliveryError):
    """The thread is there already."""


_SERVER_PAUSE: Final = 2.0
_PATIENT_PAUSE: Final = 60.0

_ANSWERS: Final[dict[int, type[DeliveryError]]] = {
    10008: MessageGoneError,  # unknown message: it was deleted, so it is posted anew
    50005: MessageGoneError,  # it is somebody else's
    50021: MessageGoneError,  # it is one of Discord's own
    10015: InteractionOverError,  # unknown webhook: the command's fifteen minutes are over
    10062: InteractionOverError,  # unknown interaction: its three seconds are
    50027: InteractionOverError,  # its token is not valid any more
    160002: ReplyForbiddenError,  # no reply where the history may not be read, so it is no reply
    160004: ThreadThereError,  # the message has a thread, which was what we wanted
    10003: DeliveryImpossibleError,  # unknown channel
    10004: DeliveryImpossibleError,  # unknown server
    20009: DeliveryImpossibleError,  # explicit content
    40005: DeliveryImpossibleError,  # too large
    40060: DeliveryImpossibleError,  # an interaction that was answered already, which was what we wanted
    50001: DeliveryImpossibleError,  # the channel is not ours to see
    50006: DeliveryImpossibleError,  # an empty message
    50007: DeliveryImpossibleError,  # closed to direct messages
    50008: DeliveryImpossibleError,  # no messages in a channel of that kind
    50013: DeliveryImpossibleError,  # no right to send there
    50024: DeliveryImpossibleError,  # not in a channel of that kind
    50035: DeliveryImpossibleError,  # a form that Discord does not take
    50083: DeliveryImpossibleError,  # an archived thread that is locked
    50278: DeliveryImpossibleError,  # no server in common
    200000: DeliveryImpossibleError,  # the server's own rules blocked it
}
"""What Discord's error codes mean. Any other refusal says that this chat cannot be reached."""

_LATER: Final[dict[int, float]] = {
    20016: 5.0,  # slow mode
    20022: 5.0,  # too many edits of an announcement
    20028: 5.0,  # too many writes to the channel
    40062: 5.0,  # too much at once
    30046: 60.0,  # too many edits of a message that is older than an hour
    130000: 60.0,  # Discord is overloaded
}
"""Seconds to wait for what will be possible again."""

_FATAL: Final[dict[int, str]] = {
    4004: "the token was refused; put the one of the developer portal's Bot page into "
    "messagebus.discord.bot_token",
    4010: "the shard is not valid",
    4011: "the bot is in so many servers that it needs sharding, which picklebot does not do",
    4012: "this version of the gateway is not spoken any more; update picklebot",
    4013: "the intents are not valid; update picklebot",
}
"""The close codes after which trying again cannot help."""


def delivery_error(error: Exception) -> DeliveryError:
    """A failed call in the words of the delivery."""
    match error:
        case discord.RateLimited(retry_after=seconds):
            return DeliveryDelayedError("Discord asks to wait", seconds=float(seconds))
        case discord.HTTPException():
            return _refusal(error)
        case ClientConnectorError():
            return DeliveryDelayedError("Discord was not reached", seconds=_SERVER_PAUSE)
        case _:
            return DeliveryDelayedError("Discord gave no answer", seconds=_SERVER_PAUSE, maybe_done=True)


def _refusal(error: discord.HTTPException) -> DeliveryError:
    said = f"Discord does not take it: {error.text or error.status} ({error.code})"
    if error.code in _ANSWERS:
        return _ANSWERS[error.code](said)
    if error.code in _LATER:
        return DeliveryDelayedError(f"Discord asks to wait ({error.code})", seconds=_LATER[error.code])
    match error.status:
        case 401:
            return DeliveryDelayedError("Discord refused the token", seconds=_PATIENT_PAUSE)
        case 429:
            return DeliveryDelayedError("Discord asks to wait", seconds=_PATIENT_PAUSE)
        case status if status >= 500:
            return DeliveryDelayedError(
                "Discord has trouble of its own", seconds=_SERVER_PAUSE, maybe_done=True
            )
        case _:
            return DeliveryImpossibleError(said)


def platform_error(error: Exception) -> PlatformError:
    """What ended the connection, in the words of the adapter."""
    match error:
        case PlatformError():
            return error
        case StorageError():
            return PlatformError(f"Discord cannot be listened to without the database: {error}")
        case discord.PrivilegedIntentsRequired():
            return ContentRefusedError("Discord does not grant the message content intent")
        case discord.LoginFailure():
            return PlatformFatalError(f"Discord: {_FATAL[4004]}")
        case discord.ConnectionClosed(code=code) if code in _FATAL:
            return PlatformFatalError(f"Discord: {_FATAL[code]}")
        case _:
            return PlatformError(_trouble(error))


def _trouble(error: Exception) -> str:
    match error:
        case discord.ConnectionClosed(code=code):
            return f"Discord closed the connection ({code})"
        case discord.HTTPException(status=status) if status >= 500:
            return f"Discord has trouble of its own ({status})"
        case discord.HTTPException(status=status):
            return f"Discord answered with {status}; is messagebus.discord.api_base_url right?"
        case ProxyFailedError():
            return f"Discord was not reached: {error}"
        case ClientError() | OSError() | TimeoutError() | discord.GatewayNotFound():
            kind = type(error).__name__
            return f"Discord was not reached ({kind}); is the network up, and api_base_url right?"
        case _:
            return f"the connection to Discord broke ({type(error).__name__})"
