"""Reactions of the bot."""

from picklebot.sandbox.discord.rest.places import find_channel, find_message
from picklebot.sandbox.discord.rest.route import RestCall, Route
from picklebot.sandbox.discord.world import World


class Reactions:
    """`/channels/{channel}/messages/{message}/reactions/{emoji}/@me`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """What this resource answers."""
        own = "/channels/{channel}/messages/{message}/reactions/{emoji}/@me"
        return [Route("PUT", own, self.add), Route("DELETE", own, self.remove)]

    def add(self, call: RestCall) -> None:
        """React."""
        self._react(call, add=True)

    def remove(self, call: RestCall) -> None:
        """Take the reaction back."""
        self._react(call, add=False)

    def _react(self, call: RestCall, *, add: bool) -> None:
        message = find_message(find_channel(self._world, call), call)
        self._world.react(message, self._world.bot, call.path["emoji"], add=add)
