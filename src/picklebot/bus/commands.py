"""The commands that are carried out at once, in the transaction that keeps their message.

A redelivered command is known by the same keys as a message, so `/new` never begins two conversations.
"""

from __future__ import annotations

from picklebot.errors import NotFoundError
from picklebot.model import words
from picklebot.model.message import InboundMessage
from picklebot.ports.agents import Agents
from picklebot.ports.rules import Rules
from picklebot.ports.storage import Transaction
from picklebot.sessions.resolver import SessionResolver


class Commands:
    """`/start /help /new /whoami`: each gives the sentence to answer with."""

    def __init__(self, resolver: SessionResolver, rules: Rules, agents: Agents) -> None:
        self._resolver = resolver
        self._rules = rules
        self._agents = agents

    def carry_out(self, tx: Transaction, message: InboundMessage) -> str:
        """Do what `message.command` says and return the answer; unknown names get a hint."""
        name = message.command.name if message.command else ""
        match name:
            case "start":
                return self._start(message)
            case "help":
                return words.HELP.format(commands=words.command_list())
            case "new":
                self._resolver.renew(tx, message)
                return words.NEW_SESSION
            case "whoami":
                return self._whoami(tx, message)
            case _:
                return words.UNKNOWN_COMMAND.format(name=name)

    def _start(self, message: InboundMessage) -> str:
        try:
            agent = self._agents.get(self._agent(message))
        except NotFoundError:
            return words.AGENT_GONE.format(agent=self._agent(message))
        return words.START.format(
            name=message.sender.name or words.SOMEBODY,
            agent=agent.name,
            description=f" {agent.description}" if agent.description else "",
        )

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
