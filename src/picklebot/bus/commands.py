"""The commands that are carried out at once, in the transaction that keeps their message.

A redelivered command is known by the same keys as a message, so `/new` never begins two conversations.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from picklebot.bus.report import report
from picklebot.errors import NotFoundError
from picklebot.model import words
from picklebot.model.message import InboundMessage
from picklebot.model.parcel import chat_of
from picklebot.ports.agents import Agents
from picklebot.ports.messages import MessageLog
from picklebot.ports.queue import Queue
from picklebot.ports.rules import Rules
from picklebot.ports.storage import Transaction
from picklebot.ports.turns import Turns
from picklebot.sessions.resolver import SessionResolver


class Commands:
    """`/start /help /new /stop /status /whoami`: each gives the sentence to answer with.

    None of them waits in a lane, so `/stop` and `/status` are answered while a turn runs.
    """

    def __init__(
        self,
        *,
        resolver: SessionResolver,
        rules: Rules,
        agents: Agents,
        messages: MessageLog,
        queue: Queue,
        turns: Turns,
    ) -> None:
        self._resolver = resolver
        self._rules = rules
        self._agents = agents
        self._messages = messages
        self._queue = queue
        self._turns = turns
        self._known: dict[str, Callable[[Transaction, InboundMessage], str]] = {
            "start": self._start,
            "help": self._help,
            "new": self._new,
            "stop": self._stop,
            "status": self._status,
            "whoami": self._whoami,
        }

    def carry_out(self, tx: Transaction, message: InboundMessage) -> str:
        """Do what `message.command` says and return the answer; unknown names get a hint."""
        name = message.command.name if message.command else ""
        if (carry_out := self._known.get(name)) is None:
            return words.UNKNOWN_COMMAND.format(name=name)
        return carry_out(tx, message)

    def _start(self, _: Transaction, message: InboundMessage) -> str:
        try:
            agent = self._agents.get(self._agent(message))
        except NotFoundError:
            return words.AGENT_GONE.format(agent=self._agent(message))
        return words.START.format(
            name=message.sender.name or words.SOMEBODY,
            agent=agent.name,
            description=f" {agent.description}" if agent.description else "",
        )

    def _help(self, _: Transaction, __: InboundMessage) -> str:
        return words.HELP.format(commands=words.command_list())

    def _new(self, tx: Transaction, message: InboundMessage) -> str:
        self._resolver.renew(tx, message)
        return words.NEW_SESSION

    def _stop(self, tx: Transaction, message: InboundMessage) -> str:
        """End what runs, once this is committed; with `all`, drop what waits in the same commit."""
        session = self._resolver.current(tx, message)
        if session is None:
            return words.NOTHING_TO_STOP
        news = self._messages.news(tx, session.id, chat_of(message.address))
        said = [words.STOPPING if news.running else words.NOTHING_TO_STOP]
        for job_id in news.running:
            tx.after_commit(partial(self._turns.stop, job_id))
        if message.command and message.command.args.strip().lower() == words.ALL:
            dropped = self._messages.drop(tx, session.id)
            self._queue.drop(tx, session.id, [job.id for job in dropped])
            said.append(words.DROPPED.format(count=len(dropped)))
        else:
            said.append(words.still_waiting(len(news.waiting)))
        return " ".join(filter(None, said))

    def _status(self, tx: Transaction, message: InboundMessage) -> str:
        session = self._resolver.current(tx, message)
        if session is None:
            return words.NO_MESSAGES_YET
        return report(session, self._messages.news(tx, session.id, chat_of(message.address)))

    def _whoami(self, tx: Transaction, message: InboundMessage) -> str:
        session = self._resolver.current(tx, message)
        return words.WHOAMI.format(
            platform=message.address.platform,
            user_id=message.sender.user_id,
            session=session.id if session else words.NO_SESSION_YET,
            agent=session.agent if session else self._agent(message),
        )

    def _agent(self, message: InboundMessage) -> str:
        return self._rules.chat_rule(message.address).agent or self._rules.default_agent()
