"""The gateway as this process runs it, for the HTTP door and for a terminal that runs it alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from picklebot import clock
from picklebot.agents.catalog import AgentCatalog
from picklebot.api.gateway import GatewayHealth, Opened, SessionWish, TurnRecord, Unconfigured
from picklebot.app import App
from picklebot.bus.doors import Entrance
from picklebot.bus.posting import Posting
from picklebot.model.choice import Said
from picklebot.model.message import Address, InboundMessage, Sender
from picklebot.model.session import SessionMode
from picklebot.platforms.web.hub import ReplyHub
from picklebot.platforms.web.parse import BOT_ID, PLATFORM, parse_command
from picklebot.ports.platform import Intake, Receipt
from picklebot.ports.storage import Database, Transaction
from picklebot.ports.webhook import Webhook
from picklebot.replies.shelf import Shelf
from picklebot.sessions.key import SessionKey
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.history import SqlHistory
from picklebot.storage.messages import SqlMessages
from picklebot.storage.sessions import SqlSessions


class AppGateway:
    """Implements `api.gateway.Gateway` on an App."""

    def __init__(self, app: App) -> None:
        self._app = app

    @property
    def intake(self) -> Intake:
        return self._app.bus

    @property
    def database(self) -> Database:
        return self._app.database

    @property
    def sessions(self) -> SqlSessions:
        return self._app.stores.sessions

    @property
    def history(self) -> SqlHistory:
        return self._app.stores.history

    @property
    def messages(self) -> SqlMessages:
        return self._app.stores.messages

    @property
    def bindings(self) -> SqlBindings:
        return self._app.stores.bindings

    @property
    def agents(self) -> AgentCatalog:
        return self._app.agents

    @property
    def hub(self) -> ReplyHub:
        return self._app.hub

    @property
    def shelf(self) -> Shelf:
        return self._app.shelf

    @property
    def posting(self) -> Posting:
        return self._app.posting

    @property
    def webhooks(self) -> Mapping[str, Webhook]:
        return {webhook.path: webhook for webhook in self._app.webhooks}

    @property
    def doors(self) -> Entrance:
        return self._app.doors

    def health(self) -> GatewayHealth:
        platforms = self._app.platforms()
        trouble, database = self._app.yaml.trouble, self._app.database.trouble
        rules, agents, crons = self._app.rules, self._app.agents.troubles, self._app.crons.troubles
        listening = all(health.state in {"up", "starting"} for health in platforms.values())
        sound = listening and not (trouble or database or rules.trouble or agents or crons)
        return GatewayHealth(
            status="ok" if sound else "degraded",
            platforms=platforms,
            queue=self._app.queue.stats(),
            database=database is None,
            runtime_yaml=trouble or "ok",
            settings=rules.trouble or "ok",
            restart_needed=rules.restart_needed,
            agents=agents,
            crons=crons,
        )

    def unconfigured(self) -> Sequence[Unconfigured]:
        """What could be switched on, each with the key that does it."""
        settings = self._app.settings
        active = settings.messagebus.active()
        missing = [
            Unconfigured(name, key)
            for name, key in (
                ("Telegram", "messagebus.telegram.bot_token"),
                ("Discord", "messagebus.discord.bot_token"),
            )
            if name.lower() not in active
        ]
        if settings.llm.model == "demo":
            missing.append(Unconfigured("A real model", "llm.model"))
        return missing

    async def open_session(self, wish: SessionWish) -> Opened:
        if wish.agent is not None:
            self._app.agents.get(wish.agent)
        return await self._app.database.write(lambda tx: self._open(tx, wish))

    async def post(
        self, session_id: str, text: str, message_id: str, *, commands: bool = False
    ) -> Receipt | Said:
        message = InboundMessage(
            update_id=f"{session_id}:{message_id}",
            message_id=message_id,
            address=Address(PLATFORM, BOT_ID, chat_id=session_id, reply_to=message_id),
            sender=Sender(user_id="", name=""),
            text=text,
            sent_at=clock.now(),
            command=parse_command(text) if commands else None,
        )
        return await self._app.bus.post(session_id, message)

    async def redrive(self, message_id: str) -> str:
        return await self._app.bus.redrive(message_id)

    async def turn_of(self, chat_id: str, message_id: str) -> TurnRecord | None:
        stores = self._app.stores

        def look(tx: Transaction) -> TurnRecord | None:
            found = stores.inbox.find(tx, (PLATFORM, BOT_ID, chat_id, message_id))
            if found is None:
                return None
            job_id, state = found
            reply, files = stores.outbox.text(tx, job_id) or "", stores.outbox.files(tx, job_id)
            return TurnRecord(job_id, state, reply, tuple(files))

        return await self._app.database.read(look)

    def _open(self, tx: Transaction, wish: SessionWish) -> Opened:
        key = SessionKey(wish.platform, wish.speaker)
        agent = wish.agent or self._app.rules.default_agent()
        found = None if wish.fresh else self._app.resolver.bound(tx, key, agent=agent)
        if found and wish.agent in {None, found.session.agent} and wish.mode in {None, found.session.mode}:
            return Opened(found.session, created=False, lost=found.lost)
        mode = wish.mode or SessionMode.CHAT
        return Opened(self._app.resolver.create(tx, key, agent=agent, mode=mode), created=True)
