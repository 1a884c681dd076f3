"""A bus on a real database, with everything around it played by hand."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import anyio

from picklebot.agents.ledger import TurnLedger
from picklebot.agents.reading import Reading
from picklebot.agents.running import RunningTurns
from picklebot.agents.steering import Steering
from picklebot.agents.worker import AgentWorker
from picklebot.assembly.stores import Stores
from picklebot.bus.commands.everything import every_command
from picklebot.bus.commands.operators import OperatorCommands
from picklebot.bus.doors import Entrance
from picklebot.bus.gathering import Gathering
from picklebot.bus.moves import Moves
from picklebot.bus.recalling import Recalling
from picklebot.bus.waiting import Waiting
from picklebot.bus.worker import Ledgers, MessageBusWorker
from picklebot.engines.demo import DemoEngine
from picklebot.engines.llm.pricing import microdollars
from picklebot.model import words
from picklebot.model.agent import AgentDefinition
from picklebot.model.message import Address, Attachment, ChatKind, Command, InboundMessage, Sender
from picklebot.model.patience import Tries
from picklebot.ports.engine import Engine
from picklebot.ports.invitation import Invitation
from picklebot.ports.news import News
from picklebot.ports.recollection import Recollection
from picklebot.ports.storage import Binding
from picklebot.queues.local.queue import LocalQueue
from picklebot.replies.delivery import Delivery
from picklebot.sessions.quotas import Quotas
from picklebot.sessions.resolver import SessionResolver
from picklebot.sessions.talk import Talk
from picklebot.storage.database import Database
from picklebot.testing.agents import FixedAgents
from picklebot.testing.frontend import RecordingFrontend
from picklebot.testing.rules import FixedRules

PICKLE = AgentDefinition("pickle", "Pickle", "Be kind.", description="I help.")
ENGINEER = AgentDefinition("engineer", "Engineer", "Be exact.")
PRIVATE = AgentDefinition("private", "Private", "Be discreet.", allowed_users=("1",))
_numbers = count(1)


def message(
    text: str = "hello",
    *,
    user: str = "123",
    chat: str | None = None,
    thread: str | None = None,
    number: int | None = None,
    spoken_to: bool = True,
    command: Command | None = None,
    is_bot: bool = False,
    attachments: tuple[Attachment, ...] = (),
    language: str = "",
    awaits: float = 0.0,
    origin: str = "",
) -> InboundMessage:
    """A message of `user`, in private or in the group `chat`."""
    number = next(_numbers) if number is None else number
    kind = ChatKind.PRIVATE if chat is None else ChatKind.GROUP
    return InboundMessage(
        update_id=f"u{number}",
        message_id=f"m{number}",
        address=Address("memory", "bot", chat or user, kind, thread, language=language),
        sender=Sender(user, f"User {user}", is_bot),
        text=text,
        sent_at=datetime.now(UTC),
        spoken_to=spoken_to,
        command=command,
        attachments=attachments,
        awaits=awaits,
        origin=origin,
    )


@dataclass
class Road:
    """The parts of one gateway whose platform is the memory of a test."""

    database: Database
    stores: Stores
    rules: FixedRules
    queue: LocalQueue
    bus: MessageBusWorker
    doors: Entrance
    delivery: Delivery
    turns: RunningTurns
    frontend: RecordingFrontend

    async def bindings(self) -> dict[str, Binding]:
        found = await self.database.read(self.stores.bindings.all)
        return {key: binding for (_, key), binding in found.items()}

    async def bind(self, key: str, binding: Binding) -> None:
        await self.database.write(lambda tx: self.stores.bindings.put(tx, "memory", key, binding))


@asynccontextmanager
async def open_road(
    path: Path,
    *,
    engine: Engine | None = None,
    rules: FixedRules | None = None,
    frontend: RecordingFrontend | None = None,
    lane_limit: int = 20,
    total_limit: int = 10_000,
    concurrency: int = 8,
    pauses: tuple[float, ...] = (0.0,),
    agents: FixedAgents | None = None,
    awaited: bool = False,
    running: bool = True,
    soon: float = 60.0,
    every: float = 60.0,
    news: News | None = None,
    reading: Reading | None = None,
    recollections: Mapping[str, Recollection] | None = None,
    invitations: Mapping[str, Invitation] | None = None,
) -> AsyncGenerator[Road]:
    """A gateway on the database at `path`; with `running` off nothing leaves the inbox.

    Who waits for `soon` seconds is told so, and `every` so many seconds how it stands.
    """
    stores, rules, frontend = Stores(), rules or FixedRules(), frontend or RecordingFrontend()
    agents = agents or FixedAgents(PICKLE, ENGINEER, PRIVATE)
    async with Database.open(f"sqlite:///{path}") as database:
        queue = LocalQueue(database, stores.inbox, lane_limit=lane_limit, total_limit=total_limit)
        delivery = Delivery(
            database,
            stores.outbox,
            {"memory": frontend},
            choices=stores.choices,
            awaited={"memory"} if awaited else (),
        )
        resolver = SessionResolver(stores.bindings, stores.sessions, rules, stores.links)
        talk, quotas = Talk(rules), Quotas(stores.quotas, rules, microdollars)
        turns = RunningTurns()
        gathering = Gathering(stores.inbox, turns)
        waiting = Waiting(queue, delivery, soon=soon, every=every)
        worker = AgentWorker(
            ledger=TurnLedger(database, stores.inbox, stores.history, stores.outbox, stores.steps, quotas),
            agents=agents,
            rules=rules,
            engine_for=lambda _: engine or DemoEngine(pause=0),
            delivery=delivery,
            rest=queue.rest,
            talk_before=Recalling(talk, rules, recollections or {}).before,
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
            tries=Tries(pauses=pauses),
            news=news,
            whole=gathering.whole,
            reading=reading,
        )
        doors = Entrance(stores.pairings, stores.list_edits)
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
                invitations=invitations or {},
                operators=OperatorCommands(doors, rules, lambda: words.HEALTHY),
            ),
            rules=rules,
            quotas=quotas,
            delivery=delivery,
            waiting=waiting,
            doors=doors,
            talk=talk,
            gathering=gathering,
            news=news,
        )
        gathering.resume(await database.read(stores.inbox.awaiting))
        async with anyio.create_task_group() as tasks:
            if running:
                await tasks.start(delivery.run)
                await tasks.start(worker.run)
                tasks.start_soon(queue.run, worker.handle, concurrency, waiting.resume)
                tasks.start_soon(waiting.run)
            yield Road(database, stores, rules, queue, bus, doors, delivery, turns, frontend)
            tasks.cancel_scope.cancel()
