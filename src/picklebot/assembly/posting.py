"""Speaking first: with a gateway, and without one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from picklebot.assembly.stores import Stores
from picklebot.bus.destinations import Destinations
from picklebot.bus.posting import Posting, PostLedgers
from picklebot.config.live import LiveSettings
from picklebot.config.load import Loaded
from picklebot.config.settings import Settings
from picklebot.forms.chat import PlatformForm
from picklebot.platforms.discord.addresses import DiscordAddresses
from picklebot.platforms.telegram.addresses import TelegramAddresses
from picklebot.platforms.web.addresses import WebAddresses
from picklebot.ports.posting import AddressBook
from picklebot.replies.delivery import Delivery
from picklebot.sessions.resolver import SessionResolver
from picklebot.storage.database import Database
from picklebot.storage.whereabouts import SqlWhereabouts


@asynccontextmanager
async def open_posting(loaded: Loaded) -> AsyncGenerator[Posting]:
    """Post without a gateway: what is posted waits in the outbox for the next one.

    The caller owns the workspace's lock.
    """
    settings, stores = loaded.settings, Stores()
    rules = LiveSettings(loaded, agents=tuple)
    async with Database.open(loaded.database_url) as database:
        resolver = SessionResolver(stores.bindings, stores.sessions, rules, stores.links)
        yield posting_over(
            settings,
            database=database,
            stores=stores,
            resolver=resolver,
            rules=rules,
            delivery=Delivery(database, stores.outbox, {}),
        )


def posting_over(
    settings: Settings,
    *,
    database: Database,
    stores: Stores,
    resolver: SessionResolver,
    rules: LiveSettings,
    delivery: Delivery,
) -> Posting:
    """The way by which agents and operators speak first, to the places that the settings know."""
    return Posting(
        database=database,
        ledgers=PostLedgers(
            stores.bindings, stores.sessions, stores.history, SqlWhereabouts(), stores.outbox
        ),
        resolver=resolver,
        rules=rules,
        delivery=delivery,
        destinations=destinations_of(settings),
    )


def destinations_of(settings: Settings) -> Destinations:
    """Where the bot may speak first."""
    bus = settings.messagebus
    books: dict[str, AddressBook] = {
        "telegram": TelegramAddresses(_token(bus.telegram)),
        "discord": DiscordAddresses(_token(bus.discord)),
        "web": WebAddresses(),
    }
    blocks = {name: bus.chat_platform(name) for name in books}
    return Destinations(
        {name: book for name, book in books.items() if name in bus.active()},
        bus.default_platform,
        {name: block.default_chat_id for name, block in blocks.items() if block and block.default_chat_id},
    )


def _token(block: PlatformForm | None) -> str:
    return block.bot_token.get_secret_value() if block and block.bot_token else ""
