"""The platforms that are switched on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from picklebot.config.live import LiveSettings
from picklebot.config.settings import Settings
from picklebot.model.schedule import SCHEDULE
from picklebot.platforms.web.adapter import WebAdapter
from picklebot.platforms.web.frontend import WebFrontend
from picklebot.platforms.web.hub import ReplyHub
from picklebot.ports.invitation import Invitation
from picklebot.ports.media import Fetcher
from picklebot.ports.platform import Adapter, Frontend
from picklebot.ports.recollection import Recollection
from picklebot.ports.webhook import Webhook
from picklebot.replies.eyes import Seen
from picklebot.storage.database import Database
from picklebot.storage.memory import SqlAdapterMemory
from picklebot.supervision.claim import Claim


def claims_of(settings: Settings) -> dict[str, Claim]:
    """What only one process on this host may listen for: a bot of one server of its platform."""
    bus = settings.messagebus
    forms = {"telegram": bus.telegram, "discord": bus.discord}
    return {
        name: Claim(name, form.api_base_url or "", form.bot_token.get_secret_value())
        for name, form in forms.items()
        if form is not None and form.bot_token is not None
    }


@dataclass(frozen=True, slots=True)
class Doors:
    """Platforms by name, the webhooks among them, who fetches the files that people send, who remembers, and whom
    links can name."""

    platforms: Mapping[str, tuple[Adapter, Frontend]]
    webhooks: Sequence[Webhook] = ()
    fetchers: Mapping[str, Fetcher] = field(default_factory=dict[str, Fetcher])
    recollections: Mapping[str, Recollection] = field(default_factory=dict[str, Recollection])
    invitations: Mapping[str, Invitation] = field(default_factory=dict[str, Invitation])


async def open_platforms(
    settings: Settings,
    hub: ReplyHub,
    database: Database,
    rules: LiveSettings,
    stack: AsyncExitStack,
    *,
    schedule: tuple[Adapter, Frontend],
) -> Doors:
    """The platforms that are switched on, and that of the schedules.

    Their libraries take seconds to import, so only what is used is.
    """
    bus = settings.messagebus
    doors: dict[str, tuple[Adapter, Frontend]] = {}
    webhooks: list[Webhook] = []
    fetchers: dict[str, Fetcher] = {}
    recollections: dict[str, Recollection] = {}
    invitations: dict[str, Invitation] = {}
    if bus.web.enabled:
        doors["web"] = (WebAdapter(), WebFrontend(hub))
    if bus.telegram is not None and bus.telegram.enabled:
        from picklebot.platforms.telegram.adapter import TelegramAdapter  # noqa: PLC0415
        from picklebot.platforms.telegram.files import TelegramFiles  # noqa: PLC0415
        from picklebot.platforms.telegram.frontend import TelegramFrontend  # noqa: PLC0415
        from picklebot.platforms.telegram.menus import Menus  # noqa: PLC0415
        from picklebot.platforms.telegram.options import TelegramOptions  # noqa: PLC0415
        from picklebot.platforms.telegram.session import open_bot  # noqa: PLC0415

        options = TelegramOptions.of(bus.telegram)
        bot = await stack.enter_async_context(open_bot(options))
        memory = SqlAdapterMemory(database, "telegram")
        menus = Menus(bot, memory, operators=lambda: rules.current.operators.of("telegram"))
        telegram = TelegramAdapter(bot, options, menus)
        doors["telegram"] = (telegram, Seen(TelegramFrontend(bot, options), telegram.eyes))
        fetchers["telegram"] = TelegramFiles(bot)
        invitations["telegram"] = telegram
        if telegram.webhook is not None:
            webhooks.append(telegram.webhook)
    if bus.discord is not None and bus.discord.enabled:
        from picklebot.platforms.discord.adapter import DiscordAdapter  # noqa: PLC0415
        from picklebot.platforms.discord.options import DiscordOptions  # noqa: PLC0415

        discord = DiscordAdapter(DiscordOptions.of(bus.discord), SqlAdapterMemory(database, "discord"))
        doors["discord"] = (discord, Seen(discord.frontend, discord.eyes))
        fetchers["discord"] = discord.files
        recollections["discord"] = discord.recollection
    doors[SCHEDULE] = schedule
    return Doors(doors, webhooks, fetchers, recollections, invitations)
