"""Rules that a test sets by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from picklebot.model.message import Address, Sender
from picklebot.model.quota import Quota
from picklebot.model.session import SessionMode, SessionPolicy, policy_of
from picklebot.ports.rules import ChatRule


@dataclass(slots=True)
class FixedRules:
    """Implements `ports.rules.Rules`; `admitted` None admits everybody, everywhere."""

    admitted: set[str] | None = None
    bots: set[str] = field(default_factory=set[str])
    denied: set[str] = field(default_factory=set[str])
    operators: set[str] = field(default_factory=set[str])
    pairing: bool = False
    chats: dict[str, ChatRule] = field(default_factory=dict[str, ChatRule])
    agent: str = "pickle"
    window: int = 50
    deadline: float = 600.0
    most: Quota = field(default_factory=Quota)

    def admits(self, address: Address, sender: Sender) -> bool:  # noqa: ARG002 - the same everywhere
        if sender.is_bot:
            return sender.user_id in self.bots
        return self.admitted is None or sender.user_id in self.admitted

    def pairs(self, platform: str, user_id: str) -> bool:  # noqa: ARG002 - the same for everybody
        return self.pairing

    def denies(self, platform: str, user_id: str) -> bool:  # noqa: ARG002 - the same everywhere
        return user_id in self.denied

    def is_operator(self, platform: str, user_id: str) -> bool:  # noqa: ARG002 - the same everywhere
        return user_id in self.operators

    def quota(self) -> Quota:
        return self.most

    def chat_rule(self, address: Address) -> ChatRule:
        return self.chats.get(address.chat_id, ChatRule())

    def names(self, address: Address) -> bool:
        return address.chat_id in self.chats

    def default_agent(self) -> str:
        return self.agent

    def policy(self, mode: SessionMode) -> SessionPolicy:
        return policy_of(mode, chat_window=self.window, job_window=self.window * 10, deadline=self.deadline)
