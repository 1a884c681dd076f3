"""What Telegram shows a bot, and what it keeps from it.

Source: https://core.telegram.org/bots/features#privacy-mode.
"""

import re

from picklebot.sandbox.telegram.chats import Chat, ChatType, SandboxMessage

_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,64}(?:@(\w+))?(?!\w)")


def reaches_bot(
    message: SandboxMessage,
    chat: Chat,
    *,
    bot_name: str,
    bot_id: int,
    privacy: bool,
    bot_to_bot: bool = False,
) -> bool:
    """Tell whether a message becomes an update of the bot.

    Outside private chats the bot has to be in the chat. In groups privacy mode, unless the bot is an
    administrator, leaves it commands meant for it, replies to what it said, and service messages; a mention does
    not count. A bare command is meant for the bot that spoke last, or for the only one there. What other bots say
    comes only in the mode for that.
    """
    if chat.type is ChatType.PRIVATE or chat.type is ChatType.CHANNEL:
        return chat.bot_in
    if not chat.bot_in or (_said_by_other_bot(message) and not bot_to_bot):
        return False
    if not privacy or chat.bot_admin or message.service:
        return True
    replied = chat.find(message.reply_to)
    return (replied is not None and replied.from_bot) or _command_for(message.text, chat, bot_name, bot_id)


def _said_by_other_bot(message: SandboxMessage) -> bool:
    return message.sender is not None and message.sender.is_bot and message.sender_chat_id is None


def _command_for(text: str, chat: Chat, bot_name: str, bot_id: int) -> bool:
    command = _COMMAND.match(text)
    if command is None:
        return False
    if command[1]:
        return command[1].lower() == bot_name.lower()
    alone = not any(member.is_bot for member in chat.members.values())
    return alone or chat.last_bot == bot_id
