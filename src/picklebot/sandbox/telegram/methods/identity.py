"""Who the bot is."""

from picklebot.sandbox.telegram.params import Params
from picklebot.sandbox.telegram.state import World
from picklebot.sandbox.telegram.wire import user_json


def get_me(world: World, params: Params) -> object:  # noqa: ARG001 - every method has this shape
    """Give the bot; `can_read_all_group_messages` tells whether privacy mode is off."""
    return user_json(world.bot.user) | {
        "can_join_groups": True,
        "can_read_all_group_messages": not world.bot.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": world.bot.topics,
    }
