"""The composition root: with `assembly/`, the only one that knows every part.

It builds the parts, hands each what it needs and starts them: settings, database, the operators' view merged,
what was owed taken up again, and only then does it listen.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import anyio
import structlog

from picklebot.agents.catalog import AgentCatalog
from picklebot.agents.ledger import TurnLedger
from picklebot.agents.reading import Reading
from picklebot.agents.running import RunningTurns
from picklebot.agents.steering import Steering
from picklebot.agents.tools import CLOCK, post_message
from picklebot.agents.worker import AgentWorker
from picklebot.assembly.checkup import checkup
from picklebot.assembly.files import files_in
from picklebot.assembly.platforms import Doors, claims_of, open_platforms
from picklebot.assembly.posting import posting_over
from picklebot.assembly.schedule import crons_of, schedule_over
from picklebot.assembly.stores import Stores
from picklebot.bus.commands.everything import every_command
from picklebot.bus.commands.operators import OperatorCommands
from picklebot.bus.doors import Entrance
from picklebot.bus.gathering import Gathering
from picklebot.bus.moves import Moves
from picklebot.bus.news import OperatorNews
from picklebot.bus.posting import Posting
from picklebot.bus.recalling import Recalling
from picklebot.bus.waiting import Waiting
from picklebot.bus.worker import Ledgers, MessageBusWorker
from picklebot.config.live import LiveSettings
from picklebot.config.load import Loaded
from picklebot.config.settings import Settings
from picklebot.config.workspace import Workspace
from picklebot.engines.choice import choose
from picklebot.engines.demo import DemoEngine
from picklebot.engines.llm.endpoint import endpoint_of
from picklebot.engines.llm.engine import LlmEngine
from picklebot.engines.llm.pricing import microdollars
from picklebot.engines.llm.transcription import Transcription
from picklebot.errors import ConfigError, EngineError, StorageError
from picklebot.forms import SecretSources
from picklebot.model.agent import AgentDefinition
from picklebot.model.patience import Patience, Tries
from picklebot.platforms.schedule.catalog import CronCatalog
from picklebot.platforms.web.adapter import WebAdapter
from picklebot.platforms.web.frontend import WebFrontend
from picklebot.platforms.web.hub import ReplyHub
from picklebot.ports.engine import Engine
from picklebot.ports.platform import AdapterHealth
from picklebot.ports.webhook import Webhook
from picklebot.queues.local.queue import LocalQueue
from picklebot.replies.delivery import Delivery
from picklebot.replies.shelf import Shelf
from picklebot.sessions.quotas import Quotas
from picklebot.sessions.resolver import SessionResolver
from picklebot.sessions.talk import Talk
from picklebot.storage.database import Database
from picklebot.storage.ledger import SqlLedger
from picklebot.storage.retention import Retention
from picklebot.storage.runtime_yaml.amending import Amending
from picklebot.storage.runtime_yaml.sync import RuntimeYamlSync
from picklebot.supervision.supervisor import Supervisor

log = structlog.get_logger()

FLUSH_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class App:
    """The running gateway, for the doors."""

    settings: Settings
    rules: LiveSettings
    agents: AgentCatalog
    crons: CronCatalog
    database: Database
    stores: Stores
    resolver: SessionResolver
    queue: LocalQueue
    bus: MessageBusWorker
    doors: Entrance
    delivery: Delivery
    posting: Posting
    hub: ReplyHub
    yaml: RuntimeYamlSync
    shelf: Shelf
    supervisors: Sequence[Supervisor]
    webhooks: Sequence[Webhook]

    def platforms(self) -> Mapping[str, AdapterHealth]:
        """How each platform goes."""
        return {supervisor.platform: supervisor.health() for supervisor in self.supervisors}

    async def drain(self) -> None:
        """Take nothing more in, and let what runs end. What does not end in time goes on at the next start."""
        self.bus.close()
        with anyio.move_on_after(self.settings.limits.drain) as turns:
            await self.queue.drain()
        with anyio.move_on_after(FLUSH_SECONDS) as replies:
            await self.delivery.flush()
        if turns.cancelled_caught or replies.cancelled_caught:
            log.warning("not everything was finished; the next start goes on with it")


def load_agents(workspace: Workspace, loaded: Loaded) -> AgentCatalog:
    """The agents of the workspace; every agent that a setting names must be among them (ConfigError)."""
    secrets = SecretSources(loaded.sources.environ, workspace.root)
    catalog = AgentCatalog.load(workspace.agents, loaded.settings.llm.choice(), secrets)
    for key, agent in loaded.settings.agents_named():
        try:
            catalog.require(agent, key=key)
        except ConfigError as error:
            raise loaded.sources.error(key, error.message) from None
    return catalog


def models_not_ready(agents: AgentCatalog, environ: Mapping[str, str]) -> Iterator[str]:
    """A line for each agent whose model cannot answer as it is set up, such as one without a key."""
    for agent_id in agents.ids():
        agent = agents.get(agent_id)
        if choose(agent) == "demo":
            continue
        try:
            endpoint_of(agent.model, environ)
        except EngineError as error:
            yield f"agent {agent_id} cannot answer: {error}"


@asynccontextmanager
async def open_app(
    workspace: Workspace, loaded: Loaded, agents: AgentCatalog, *, listen: bool = True
) -> AsyncGenerator[App]:
    """Start everything, and stop it on the way out: call `App.drain` before, unless there is no time.

    The caller owns the workspace's lock. What is cut off by the stop is in the database, for the next start.
    With `listen` off there are no platforms but the in-process one of page and terminal, and what others left
    unfinished waits for a start with them.
    """
    settings = loaded.settings
    stores, hub = Stores(), ReplyHub()
    crons = crons_of(workspace, settings, agents)
    rules = LiveSettings(loaded, agents=agents.ids)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(loaded.database_url))
        yaml = RuntimeYamlSync(
            workspace.runtime,
            SqlLedger(database, stores.bindings),
            on_document=rules.runtime_changed,
            amending=Amending(database, stores.list_edits),
        )
        await yaml.start()
        # The platforms' libraries come after the merge, and settle in the memory that it no longer needs.
        doors = Doors({"web": (WebAdapter(), WebFrontend(hub))})
        if listen:
            schedule = schedule_over(crons, database, lambda: posting)
            doors = await open_platforms(settings, hub, database, rules, stack, schedule=schedule)
        frontends = {name: frontend for name, (_, frontend) in doors.platforms.items()}
        limits = settings.limits
        queue = LocalQueue(
            database,
            stores.inbox,
            lane_limit=limits.lane,
            total_limit=limits.queue,
            speaker_cap=limits.speaker,
            # A terminal's own gateway cannot answer what came from elsewhere, and must not use up its tries.
            platforms=None if listen else frontends.keys(),
        )
        files = files_in(workspace, settings, database, stores)
        delivery = Delivery(
            database, stores.outbox, frontends, choices=stores.choices, awaited={"web"}, shelf=files.shelf
        )
        resolver = SessionResolver(stores.bindings, stores.sessions, rules, stores.links)
        posting = posting_over(
            settings,
            database=database,
            stores=stores,
            resolver=resolver,
            rules=rules,
            delivery=delivery,
        )
        news = OperatorNews(posting, database, stores.notices, settings.operators_chat)
        llm = LlmEngine(
            Patience(limits.first_token, limits.silence, limits.tool), tools=(CLOCK, post_message(posting))
        )
        talk, quotas = Talk(rules), Quotas(stores.quotas, rules, microdollars)
        turns, waiting = RunningTurns(), Waiting(queue, delivery)
        gathering = Gathering(stores.inbox, turns)
        transcriber = (
            Transcription(settings.transcription.choice(settings.llm.choice()))
            if settings.transcription
            else None
        )
        worker = AgentWorker(
            ledger=TurnLedger(database, stores.inbox, stores.history, stores.outbox, stores.steps, quotas),
            agents=agents,
            rules=rules,
            engine_for=_engines(DemoEngine(), llm),
            delivery=delivery,
            rest=queue.rest,
            talk_before=Recalling(talk, rules, doors.recollections).before,
            turns=turns,
            steering=Steering(
                database,
                stores.inbox,
                queue,
                rules,
                delivery,
                turns,
                is_whole=gathering.is_whole,
                waits_no_more=waiting.over,
            ),
            tries=Tries(limits.tries, limits.retry_pauses),
            news=news,
            whole=gathering.whole,
            reading=Reading(
                files.media,
                doors.fetchers,
                transcriber=transcriber,
                largest=limits.file,
            ),
            results=files.results,
        )
        entrance = Entrance(stores.pairings, stores.list_edits)
        supervisors: list[Supervisor] = []
        bus = MessageBusWorker(
            database=database,
            ledgers=Ledgers(
                stores.inbox,
                stores.messages,
                stores.notices,
                stores.choices,
                Moves(stores.moves, stores.bindings, rules),
            ),
            queue=queue,
            resolver=resolver,
            commands=every_command(
                resolver=resolver,
                agents=agents,
                rules=rules,
                sessions=stores.sessions,
                history=stores.history,
                records=stores.records,
                quotas=quotas,
                links=stores.links,
                messages=stores.messages,
                queue=queue,
                turns=turns,
                delivery=delivery,
                invitations=doors.invitations,
                operators=OperatorCommands(
                    entrance, rules, lambda: checkup(supervisors, queue, database, rules, yaml)
                ),
            ),
            rules=rules,
            quotas=quotas,
            delivery=delivery,
            waiting=waiting,
            doors=entrance,
            talk=talk,
            gathering=gathering,
            hears=transcriber is not None,
            news=news,
        )
        claims = claims_of(settings)
        supervisors += [
            Supervisor(adapter, claim=claims.get(name), news=news)
            for name, (adapter, _) in doors.platforms.items()
        ]
        app = App(
            settings=settings,
            rules=rules,
            agents=agents,
            crons=crons,
            database=database,
            stores=stores,
            resolver=resolver,
            queue=queue,
            bus=bus,
            doors=entrance,
            delivery=delivery,
            posting=posting,
            hub=hub,
            yaml=yaml,
            shelf=files.shelf,
            supervisors=supervisors,
            webhooks=doors.webhooks,
        )
        await files.leavings.sweep()
        gathering.resume(await database.read(stores.inbox.awaiting))
        async with anyio.create_task_group() as tasks:
            await tasks.start(delivery.run)
            await tasks.start(worker.run)
            tasks.start_soon(queue.run, worker.handle, limits.concurrency, waiting.resume)
            for run in (
                yaml.run,
                rules.run,
                news.run,
                waiting.run,
                agents.watch,
                Retention(database, workspace.media).run,
                files.leavings.run,
            ):
                tasks.start_soon(run)
            for supervisor in supervisors:
                tasks.start_soon(supervisor.run, bus)
            try:
                yield app
            finally:
                hub.close()
                tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await _flush(yaml)
            await llm.aclose()


async def _flush(yaml: RuntimeYamlSync) -> None:
    """Write the operators' view. It is only a view: where that fails now, the next start writes it."""
    try:
        await yaml.flush()
    except StorageError as error:
        log.warning("the runtime file is left to the next start", error=str(error))


def _engines(demo: DemoEngine, llm: LlmEngine) -> Callable[[AgentDefinition], Engine]:
    def engine_for(agent: AgentDefinition) -> Engine:
        return demo if choose(agent) == "demo" else llm

    return engine_for
