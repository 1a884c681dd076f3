"""What a speaker chooses for a conversation: who answers, with which model, and how much is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from picklebot.bus.commands.conversations import title_of
from picklebot.bus.commands.desk import CarryOut, argument
from picklebot.errors import NotFoundError
from picklebot.model import words
from picklebot.model.agent import AgentDefinition
from picklebot.model.choice import Choice, Choices, Said, Suggestion
from picklebot.model.message import Command, InboundMessage
from picklebot.model.session import Session, SessionMode
from picklebot.ports.agents import Agents
from picklebot.ports.storage import SessionStore, Transaction
from picklebot.sessions.resolver import SessionResolver

_MOST: Final = 20
"""Choices that are shown as buttons; any can be written."""
_LOOKED_AT: Final = 10
"""So many of the newest conversations with an agent are looked at for one to go on in."""


class Preferences:
    """`/agent /model /verbose /settings`. Each agent has its own last conversation with every speaker."""

    def __init__(self, resolver: SessionResolver, sessions: SessionStore, agents: Agents) -> None:
        self._resolver = resolver
        self._sessions = sessions
        self._agents = agents

    def known(self) -> Mapping[str, CarryOut]:
        """See Group."""
        return {
            "agent": self._agent,
            "model": self._model,
            "verbose": self._verbose,
            "settings": self._settings,
        }

    def suggest_agents(self, _: Transaction, message: InboundMessage) -> Sequence[Suggestion]:
        """The agents whose names have in them what is typed."""
        typed = argument(message).casefold()
        there = self._agents_for(message.sender.user_id)
        return [Suggestion(it.name, it.id) for it in there if typed in f"{it.id} {it.name}".casefold()]

    def suggest_models(self, tx: Transaction, message: InboundMessage) -> Sequence[Suggestion]:
        """The models of whoever answers here, with what is typed in their names."""
        current = self._resolver.current(tx, message)
        agent = self._known(current.agent if current else self._resolver.agent(message))
        typed = argument(message).casefold()
        return [
            Suggestion(name, name) for name in (_models(agent) if agent else ()) if typed in name.casefold()
        ]

    def _agent(self, tx: Transaction, message: InboundMessage) -> Said:
        """Who there is; or go on with this one, where that was left off."""
        current = self._resolver.current(tx, message)
        here = current.agent if current else self._resolver.agent(message)
        there = self._agents_for(message.sender.user_id)
        wanted = argument(message).lower()
        if not wanted:
            lines = (_agent_line(agent, here=agent.id == here) for agent in there)
            return Said("\n".join([words.AGENTS, *lines]), _buttons("agent", [it.id for it in there], here))
        found = next((it for it in there if wanted in (it.id.lower(), it.name.lower())), None)
        if found is None:
            return Said(words.NO_SUCH_AGENT.format(agent=wanted))
        if current is not None and found.id == here:
            return Said(words.SAME_AGENT.format(agent=found.name))
        return self._go_to(tx, message, found)

    def _go_to(self, tx: Transaction, message: InboundMessage, agent: AgentDefinition) -> Said:
        earlier = self._resolver.theirs(tx, message, agent=agent.id, limit=_LOOKED_AT)
        session = next((one for one in earlier if one.mode is SessionMode.CHAT), None)
        if session is None:
            self._resolver.renew(tx, message, agent=agent.id)
            return Said(words.AGENT_NOW.format(agent=agent.name))
        self._sessions.keep(tx, replace(session, agent_chosen=agent.id != self._resolver.agent(message)))
        self._resolver.rebind(tx, message, session)
        return Said(words.AGENT_AGAIN.format(agent=agent.name, title=title_of(session)))

    def _model(self, tx: Transaction, message: InboundMessage) -> Said:
        session = self._session(tx, message)
        if (agent := self._known(session.agent)) is None:
            return Said(words.AGENT_GONE.format(agent=session.agent))
        names, here = _models(agent), _model_of(session, agent)
        wanted = argument(message)
        if not wanted:
            text = words.MODEL if len(names) == 1 else words.MODELS
            return Said(text.format(model=here), _buttons("model", names if len(names) > 1 else (), here))
        if wanted not in names:
            return Said(words.NO_SUCH_MODEL.format(model=wanted, models=", ".join(names)))
        self._sessions.keep(tx, replace(session, model="" if wanted == agent.model.name else wanted))
        return Said(words.MODEL_NOW.format(model=wanted))

    def _verbose(self, tx: Transaction, message: InboundMessage) -> Said:
        """With `on` or `off` that; without either, the other than it was."""
        session = self._session(tx, message)
        verbose = {words.ON: True, words.OFF: False}.get(argument(message).lower(), not session.verbose)
        self._sessions.keep(tx, replace(session, verbose=verbose))
        return Said(words.VERBOSE_NOW if verbose else words.BRIEF_NOW)

    def _settings(self, tx: Transaction, message: InboundMessage) -> Said:
        session = self._session(tx, message)
        agent = self._known(session.agent)
        text = words.SETTINGS.format(
            title=title_of(session),
            agent=agent.name if agent else session.agent,
            model=_model_of(session, agent) if agent else session.model,
            verbose=words.SWITCHED[session.verbose],
        )
        other = words.OFF if session.verbose else words.ON
        return Said(
            text,
            (
                (Choice(words.CHANGE_AGENT, Command("agent")), Choice(words.CHANGE_MODEL, Command("model"))),
                (
                    Choice(
                        words.CHANGE_VERBOSE.format(other=words.SWITCHED[not session.verbose]),
                        Command("verbose", other),
                    ),
                ),
                (Choice(words.RENAME, Command("title")),),
            ),
        )

    def _session(self, tx: Transaction, message: InboundMessage) -> Session:
        """The one that the next message goes on in: a choice may come before the first message."""
        return self._resolver.resolve(tx, message).session

    def _agents_for(self, user_id: str) -> Sequence[AgentDefinition]:
        known = (self._known(agent_id) for agent_id in self._agents.ids())
        return [agent for agent in known if agent is not None and agent.answers(user_id)]

    def _known(self, agent_id: str) -> AgentDefinition | None:
        try:
            return self._agents.get(agent_id)
        except NotFoundError:
            return None


def _models(agent: AgentDefinition) -> Sequence[str]:
    return tuple(dict.fromkeys((agent.model.name, *agent.model.others)))


def _model_of(session: Session, agent: AgentDefinition) -> str:
    return session.model if session.model in agent.model.others else agent.model.name


def _agent_line(agent: AgentDefinition, *, here: bool) -> str:
    description = f": {agent.description}" if agent.description else ""
    return words.AGENT_LINE.format(agent=agent.id, description=description, here=words.HERE if here else "")


def _buttons(command: str, names: Sequence[str], here: str) -> Choices:
    """A row for each that is not chosen already."""
    return tuple((Choice(name, Command(command, name)),) for name in names[:_MOST] if name != here)
