"""The bot is added to a group. Pure. Source: https://core.telegram.org/bots/api#chatmemberupdated."""

from __future__ import annotations

from typing import Final

from picklebot.model.arrival import Arrival
from picklebot.model.message import Address, ChatKind
from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.platforms.telegram.parse import Json

MEMBERSHIP: Final = "my_chat_member"

_GROUPS: Final = frozenset({"group", "supergroup"})
_ADMINISTRATOR: Final = "administrator"
_IN: Final = frozenset({"member", _ADMINISTRATOR, "creator"})


def parse_arrival(update: Json, bot: BotIdentity) -> Arrival | None:
    """The arrival that a change of the bot's membership is, None for any other change.

    Raises as `parse` does for an odd one. An administrator hears all that is said.
    """
    change: Json = update[MEMBERSHIP]
    chat, before, after = change["chat"], change["old_chat_member"], change["new_chat_member"]
    if chat["type"] not in _GROUPS or _may_speak(before) or not _may_speak(after):
        return None
    chat_id = str(int(chat["id"]))
    language = str(change["from"].get("language_code") or "")
    return Arrival(
        update_id=str(update["update_id"]),
        place=chat_id,
        address=Address("telegram", bot.id, chat_id, ChatKind.GROUP, language=language),
        name=f"@{bot.username}",
        hears_mentions=bot.hears_all or after["status"] == _ADMINISTRATOR,
    )


def _may_speak(member: Json) -> bool:
    restricted = member["status"] == "restricted"
    return bool(member.get("can_send_messages")) if restricted else member["status"] in _IN
