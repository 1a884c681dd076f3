"""Who the bot is, what it understands, and who it takes you for."""

from __future__ import annotations

from collections.abc import Mapping

from picklebot.bus.commands.desk import CarryOut
from picklebot.errors import NotFoundError
from picklebot.model import words
from picklebot.model.choice import Said
from picklebot.model.message import ChatKind, InboundMessage
from picklebot.model.person import identity_of
from picklebot.ports.agents import Agents
from picklebot.ports.rules import Rules
from picklebot.ports.storage import Transaction
from picklebot.sessions.resolver import SessionResolver


class Greeting:
    """`/start /help /whoami`."""

    def __init__(self, resolver: SessionResolver, agents: Agents, rules: Rules) -> None:
        self._resolver = resolver
        self._agents = agents
        self._rules = rules

    def known(self) -> Mapping[str, CarryOut]:
        """See Group."""
        return {"start": self._start, "help": self._help, "whoami": self._whoami}

    def _start(self, _: Transaction, message: InboundMessage) -> Said:
        name = self._resolver.agent(message)
        try:
            agent = self._agents.get(name)
        except NotFoundError:
            return Said(words.AGENT_GONE.format(agent=name))
        private = message.address.chat_kind is ChatKind.PRIVATE
        return Said(
            (words.START if private else words.START_IN_GROUP).format(
                name=message.sender.name or words.SOMEBODY,
                agent=agent.name,
                description=f" {agent.description}" if agent.description else "",
            )
        )

    def _help(self, _: Transaction, message: InboundMessage) -> Said:
        operator = self._rules.is_operator(message.address.platform, message.sender.user_id)
        private = message.address.chat_kind is ChatKind.PRIVATE
        text = words.HELP if private else words.HELP_IN_GROUP
        return Said(text.format(commands=words.command_list(operator=operator)))

    def _whoami(self, tx: Transaction, message: InboundMessage) -> Said:
        session = self._resolver.current(tx, message)
        me = identity_of(message.address, message.sender)
        return Said(
            words.WHOAMI.format(
                platform=words.platform_name(me.platform),
                user_id=me.user_id,
                session=session.id if session else words.NO_SESSION_YET,
                agent=session.agent if session else self._resolver.agent(message),
            )
        )
