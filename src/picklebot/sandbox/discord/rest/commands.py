"""Registering slash commands."""

from typing import Any, cast

from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.refusals import invalid_form, missing_access, unknown
from picklebot.sandbox.discord.rest.route import RestCall, Route
from picklebot.sandbox.discord.world import World


class ApplicationCommands:
    """`/applications/{application}/commands`, everywhere or in one guild."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """What this resource answers."""
        everywhere = "/applications/{application}/commands"
        in_guild = "/applications/{application}/guilds/{guild}/commands"
        return [
            Route("GET", everywhere, self.read),
            Route("PUT", everywhere, self.replace),
            Route("GET", in_guild, self.read),
            Route("PUT", in_guild, self.replace),
        ]

    def read(self, call: RestCall) -> list[Json]:
        """The commands of the scope."""
        return self._world.commands.of(self._scope(call))

    def replace(self, call: RestCall) -> list[Json]:
        """Put these in place of the scope's."""
        scope = self._scope(call)
        if not isinstance(call.body, list) or not all(isinstance(each, dict) for each in call.body):
            raise invalid_form("_", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return self._world.commands.replace(scope, cast("list[dict[str, Any]]", call.body))

    def _scope(self, call: RestCall) -> int | None:
        if call.id("application") != self._world.application_id:
            raise unknown("Application", 10002)
        if "guild" not in call.path:
            return None
        guild_id = call.id("guild")
        if guild_id not in self._world.guilds:
            raise missing_access()
        return guild_id
