"""What the bot is in a chat, as the Bot API tells it. Pure.

Source: https://core.telegram.org/bots/api#chatmember.
"""

from typing import Any

from picklebot.sandbox.telegram.chats import Chat, ChatType

_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
)


def bot_membership(user: dict[str, Any], chat: Chat) -> dict[str, Any]:
    """Give the ChatMember of the bot: thrown out or blocked, an administrator without any right, or a member."""
    if not chat.bot_in:
        kicked = {"user": user, "status": "kicked", "until_date": 0}
        return kicked if chat.type is ChatType.PRIVATE else {"user": user, "status": "left"}
    if chat.bot_admin and chat.type is not ChatType.PRIVATE:
        return {"user": user, "status": "administrator"} | dict.fromkeys(_RIGHTS, False)
    return {"user": user, "status": "member"}
