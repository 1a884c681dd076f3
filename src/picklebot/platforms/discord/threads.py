"""Threads that the bot opens: a conversation each, on the message that began it.

Such a thread has the id of its message, so it is known before it is there. It is opened when there is something to
show in it, and so for nobody whom the bot does not answer.
Source: https://discord.com/developers/docs/resources/channel#start-thread-from-message.
"""

from __future__ import annotations

import re
from typing import Final

from picklebot.errors import DeliveryImpossibleError
from picklebot.model import words
from picklebot.model.parcel import Parcel
from picklebot.platforms.discord.refusals import ThreadThereError
from picklebot.platforms.discord.rest import Rest
from picklebot.replies.surface import MessageGoneError

_MENTION: Final = re.compile(r"<[@#][!&]?\d+>")


async def open_thread(rest: Rest, parcel: Parcel) -> str:
    """Where the answer to a message that begins a thread goes: there, or where that is refused, into its channel.

    What answers in no session's name, such as a refusal, begins no conversation. Raises DeliveryDelayedError.
    """
    channel_id, message_id = parcel.address.chat_id, parcel.address.thread_id
    if message_id is None or not parcel.session_id:
        return channel_id
    try:
        asked = await rest.message(channel_id, message_id)
        await rest.open_thread(channel_id, message_id, thread_name(str(asked["content"])))
    except ThreadThereError:
        return message_id
    except (DeliveryImpossibleError, MessageGoneError):
        return channel_id
    return message_id


def thread_name(question: str) -> str:
    """What a thread is called: how its question begins."""
    return words.beginning(_MENTION.sub("", question)) or words.UNTITLED
