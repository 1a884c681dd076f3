"""Learns of direct messages with the people who may talk to the bot.

Discord lists no direct messages, and tells of one only when something is said there. What is said first, and while
nobody listens, would be found by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import structlog

from picklebot.errors import DeliveryDelayedError, DeliveryError
from picklebot.platforms.discord.marks import Marks
from picklebot.platforms.discord.rest import Rest
from picklebot.ports.memory import AdapterMemory

log = structlog.get_logger()

MOST: Final = 10
"""So many are opened for one connection; who opens many at once looks to Discord like one who advertises."""


async def learn_directs(rest: Rest, marks: Marks, memory: AdapterMemory, users: Iterable[str]) -> None:
    """Open the direct messages with these people, each once in the bot's life. They see nothing of it.

    Raises StorageError.
    """
    topic = f"directs {rest.bot_id}"
    known = await memory.recall(topic)
    for user_id in sorted(set(users) - known.keys())[:MOST]:
        channel_id = ""
        try:
            channel_id = await rest.open_direct(user_id)
            await marks.meet(channel_id)
        except DeliveryDelayedError:
            return
        except DeliveryError as error:
            log.info("direct messages with a user cannot be opened", user=user_id, reason=str(error))
        await memory.keep(topic, {user_id: channel_id})
