"""The Bot API's methods that the sandbox speaks, by their names in lower case as Telegram compares them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from picklebot.sandbox.telegram.methods import identity, intake, media, menus, messages
from picklebot.sandbox.telegram.params import Params
from picklebot.sandbox.telegram.state import World

Method: TypeAlias = Callable[[World, Params], object | Awaitable[object]]

METHODS: Mapping[str, Method] = {
    "getme": identity.get_me,
    "getupdates": intake.get_updates,
    "setwebhook": intake.set_webhook,
    "deletewebhook": intake.delete_webhook,
    "getwebhookinfo": intake.get_webhook_info,
    "sendmessage": messages.send_message,
    "sendrichmessage": messages.send_rich_message,
    "sendrichmessagedraft": messages.send_rich_message_draft,
    "editmessagetext": messages.edit_message_text,
    "deletemessage": messages.delete_message,
    "setmessagereaction": messages.set_message_reaction,
    "sendmessagedraft": messages.send_message_draft,
    "sendchataction": messages.send_chat_action,
    "senddocument": media.send_document,
    "sendphoto": media.send_photo,
    "getfile": media.get_file,
    "answercallbackquery": menus.answer_callback_query,
    "setmycommands": menus.set_my_commands,
    "getmycommands": menus.get_my_commands,
    "deletemycommands": menus.delete_my_commands,
}

LIMITED = frozenset(
    {
        "sendmessage",
        "sendrichmessage",
        "editmessagetext",
        "sendmessagedraft",
        "sendrichmessagedraft",
        "senddocument",
        "sendphoto",
    }
)
"""The methods that cost a message's worth of the rate limits."""
