"""Every way in which the Bot API refuses, and our answer to it.

Source: https://core.telegram.org/bots/api#making-requests and the descriptions that the Bot API server gives.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiohttp import ClientConnectorError

from picklebot.errors import (
    DeliveryDelayedError,
    DeliveryError,
    DeliveryImpossibleError,
    PlatformError,
    PlatformFatalError,
)
from picklebot.replies.surface import MessageGoneError


class Remedy(StrEnum):
    """How a refused message gets through all the same."""

    NOTHING = "it is done already"
    MODEST = "with entities instead of as a rich message"
    NEVER_RICH = "so, and all others of this bot, too"
    PLAIN = "the same words without markup"
    SHORTER = "shorter messages"
    WITHOUT_THREAD = "outside of its topic"
    WITHOUT_REPLY = "not as a reply"
    MOVE = "in the chat that this one became"
    ANEW = "as a new message"
    WAIT = "later"
    GIVE_UP = "not at all"


_SERVER_PAUSE: Final = 2.0
_TOKEN_PAUSE: Final = 60.0

_RICH_REFUSALS: Final[tuple[tuple[str, Remedy], ...]] = (
    ("method not found", Remedy.NEVER_RICH),
    ("message text is empty", Remedy.NEVER_RICH),
    ("text must be non-empty", Remedy.NEVER_RICH),
    ("rich_message", Remedy.MODEST),
    ("rich message", Remedy.MODEST),
    ("rich text", Remedy.MODEST),
    ("rich_validate", Remedy.MODEST),
    ("can't parse", Remedy.MODEST),
    ("too long", Remedy.MODEST),
    ("too_long", Remedy.MODEST),
)
"""What a 400 or a 404 says to a rich message, in lower case, and its answer, before all others are looked at.

A server of one's own that is older does not know the method, and of an edit it knows only the text, which is empty.
"""

_BAD_REQUESTS: Final[tuple[tuple[str, Remedy], ...]] = (
    ("message is not modified", Remedy.NOTHING),
    ("message to delete not found", Remedy.NOTHING),
    ("message can't be deleted", Remedy.NOTHING),
    ("message to edit not found", Remedy.ANEW),
    ("message can't be edited", Remedy.ANEW),
    ("reply_message_id_invalid", Remedy.WITHOUT_REPLY),
    ("message_id_invalid", Remedy.ANEW),
    ("there is no text in the message to edit", Remedy.ANEW),
    ("can't parse entities", Remedy.PLAIN),
    ("entity begin", Remedy.PLAIN),
    ("entity end", Remedy.PLAIN),
    ("message is too long", Remedy.SHORTER),
    ("text is too long", Remedy.SHORTER),
    ("message_too_long", Remedy.SHORTER),
    ("message thread not found", Remedy.WITHOUT_THREAD),
    ("topic_deleted", Remedy.WITHOUT_THREAD),
    ("message to be replied not found", Remedy.WITHOUT_REPLY),
    ("message to reply not found", Remedy.WITHOUT_REPLY),
    ("topic_closed", Remedy.GIVE_UP),
    ("chat not found", Remedy.GIVE_UP),
    ("peer_id_invalid", Remedy.GIVE_UP),
    ("user not found", Remedy.GIVE_UP),
    ("chat_write_forbidden", Remedy.GIVE_UP),
    ("not enough rights", Remedy.GIVE_UP),
    ("have no rights to send", Remedy.GIVE_UP),
    ("need administrator rights", Remedy.GIVE_UP),
    ("group chat was deactivated", Remedy.GIVE_UP),
    ("bot is not a member", Remedy.GIVE_UP),
    ("file is too big", Remedy.GIVE_UP),
)
"""What a 400 says, in lower case, and its answer; the first that fits counts. Any other is tried as plain text."""


def remedy_for(error: AiogramError, *, rich: bool = False) -> Remedy:
    """What to do about a call that failed, which may have been a `rich` message."""
    if rich and isinstance(error, TelegramBadRequest | TelegramNotFound):
        said = error.message.lower()
        if found := next((remedy for words, remedy in _RICH_REFUSALS if words in said), None):
            return found
    remedy = _remedy_for(error)
    return Remedy.MODEST if rich and remedy is Remedy.PLAIN else remedy


def _remedy_for(error: AiogramError) -> Remedy:
    match error:
        case TelegramMigrateToChat():
            return Remedy.MOVE
        case TelegramForbiddenError() | TelegramEntityTooLarge():
            return Remedy.GIVE_UP
        case TelegramBadRequest(message=message):
            said = message.lower()
            return next((remedy for words, remedy in _BAD_REQUESTS if words in said), Remedy.PLAIN)
        case _:
            return Remedy.WAIT


def delivery_error(error: AiogramError) -> DeliveryError:
    """The same failure in the words of the delivery, where no remedy is left."""
    match error:
        case TelegramRetryAfter(retry_after=seconds):
            return DeliveryDelayedError("Telegram asks to wait", seconds=float(seconds))
        case TelegramBadRequest(message=message) if remedy_for(error) is Remedy.ANEW:
            return MessageGoneError(message)
        case (
            TelegramForbiddenError()
            | TelegramBadRequest()
            | TelegramMigrateToChat()
            | TelegramEntityTooLarge()
        ):
            return DeliveryImpossibleError(f"Telegram does not take it: {error.message}")
        case TelegramUnauthorizedError() | TelegramNotFound():
            return DeliveryDelayedError("Telegram refused the token", seconds=_TOKEN_PAUSE)
        case TelegramServerError():
            return DeliveryDelayedError(
                "Telegram has trouble of its own", seconds=_SERVER_PAUSE, maybe_done=True
            )
        case _:
            sent = not isinstance(error.__cause__, ClientConnectorError)
            return DeliveryDelayedError("Telegram was not reached", seconds=_SERVER_PAUSE, maybe_done=sent)


def platform_error(error: AiogramError) -> PlatformError:
    """The same failure in the words of the adapter."""
    match error:
        case TelegramUnauthorizedError() | TelegramNotFound():
            return PlatformFatalError(
                "Telegram refused the token; put the one from @BotFather into messagebus.telegram.bot_token"
            )
        case TelegramConflictError():
            return PlatformError(
                "another program polls with this token; stop it, or give this bot its own token"
            )
        case TelegramBadRequest(message=message):
            return PlatformError(f"Telegram does not take what the settings say: {message}")
        case TelegramNetworkError(message=message):
            return PlatformError(
                f"Telegram was not reached ({message}); is the network up, and api_base_url right?"
            )
        case TelegramServerError():
            return PlatformError("Telegram has trouble of its own")
        case _:
            return PlatformError(f"Telegram gave an answer that makes no sense ({type(error).__name__})")
