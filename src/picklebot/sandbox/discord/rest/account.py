"""Who the bot is, who others are, and where the gateway is."""

from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.payloads import user_payload
from picklebot.sandbox.discord.refusals import unknown
from picklebot.sandbox.discord.rest.route import RestCall, Route
from picklebot.sandbox.discord.world import World


class Account:
    """`/users`, `/oauth2/applications/@me`, `/gateway`."""

    def __init__(self, world: World, gateway_url: str) -> None:
        self._world = world
        self._gateway_url = gateway_url

    def routes(self) -> list[Route]:
        """What this resource answers."""
        return [
            Route("GET", "/users/@me", self.me),
            Route("GET", "/users/{user}", self.user),
            Route("GET", "/oauth2/applications/@me", self.application),
            Route("GET", "/gateway", self.gateway, open=True),
            Route("GET", "/gateway/bot", self.gateway_for_bots),
        ]

    def me(self, call: RestCall) -> Json:  # noqa: ARG002 - every route is called with its call
        """The bot."""
        return user_payload(self._world.bot)

    def user(self, call: RestCall) -> Json:
        """Anybody (10013 when unknown)."""
        user = self._world.users.get(call.id("user"))
        if user is None:
            raise unknown("User", 10013)
        return user_payload(user)

    def application(self, call: RestCall) -> Json:  # noqa: ARG002
        """The bot's application; its flags tell which privileged intents were approved."""
        bot = self._world.bot
        return {
            "id": str(self._world.application_id),
            "name": bot.name,
            "description": "",
            "icon": None,
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": self._world.application_flags,
            "owner": user_payload(bot),
            "team": None,
        }

    def gateway(self, call: RestCall) -> Json:  # noqa: ARG002
        """The gateway's address."""
        return {"url": self._gateway_url}

    def gateway_for_bots(self, call: RestCall) -> Json:  # noqa: ARG002
        """The same, and how many IDENTIFYs are left."""
        limit = self._world.identifies.payload()
        return {"url": self._gateway_url, "shards": 1, "session_start_limit": limit}
