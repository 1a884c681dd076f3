"""All commands together, with what each group of them needs."""

from __future__ import annotations

from collections.abc import Mapping

from picklebot.bus.commands.asking import Asking
from picklebot.bus.commands.conversations import Conversations
from picklebot.bus.commands.desk import Commands
from picklebot.bus.commands.exchanges import Exchanges
from picklebot.bus.commands.greeting import Greeting
from picklebot.bus.commands.linking import LinkCommands
from picklebot.bus.commands.operators import OperatorCommands
from picklebot.bus.commands.preferences import Preferences
from picklebot.bus.commands.records import RecordCommands
from picklebot.bus.commands.turns import TurnCommands
from picklebot.ports.agents import Agents
from picklebot.ports.invitation import Invitation
from picklebot.ports.links import Links
from picklebot.ports.messages import MessageLog
from picklebot.ports.queue import Queue
from picklebot.ports.records import Records
from picklebot.ports.rules import Rules
from picklebot.ports.storage import HistoryStore, SessionStore
from picklebot.ports.turns import Turns
from picklebot.replies.delivery import Delivery
from picklebot.sessions.quotas import Quotas
from picklebot.sessions.resolver import SessionResolver


def every_command(
    *,
    resolver: SessionResolver,
    agents: Agents,
    rules: Rules,
    sessions: SessionStore,
    history: HistoryStore,
    records: Records,
    quotas: Quotas,
    links: Links,
    messages: MessageLog,
    queue: Queue,
    turns: Turns,
    delivery: Delivery,
    invitations: Mapping[str, Invitation],
    operators: OperatorCommands,
) -> Commands:
    """The desk with every group at it; `invitations` are of platforms by their names."""
    conversations = Conversations(resolver, sessions, agents)
    preferences = Preferences(resolver, sessions, agents)
    return Commands(
        Greeting(resolver, agents, rules),
        conversations,
        preferences,
        RecordCommands(resolver, records, links, messages, quotas),
        Asking(messages),
        Exchanges(resolver, sessions, history, messages),
        LinkCommands(resolver, links, delivery, invitations),
        TurnCommands(resolver, messages=messages, queue=queue, turns=turns, rules=rules, delivery=delivery),
        operators,
        suggesting={
            "resume": conversations.suggest,
            "agent": preferences.suggest_agents,
            "model": preferences.suggest_models,
        },
    )
