"""The settings while the gateway runs: an edit that can be applied is in force within two seconds."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import anyio
import structlog
from anyio import to_thread

from picklebot.config.changes import apply_live, differing, keep_agents
from picklebot.config.load import Loaded, Sources, config_layer, runtime_layer, settle
from picklebot.config.secrets import secrets_of
from picklebot.config.settings import Settings
from picklebot.errors import ConfigError
from picklebot.logs import hide
from picklebot.model.message import Address, ChatKind, Sender
from picklebot.model.quota import Quota
from picklebot.model.schedule import SCHEDULE
from picklebot.model.session import SessionMode, SessionPolicy, policy_of
from picklebot.ports.rules import ChatRule
from picklebot.yamltext import Document, read

log = structlog.get_logger()

POLL_SECONDS: Final = 0.5
_GUARDED: Final = frozenset({"web", "console", SCHEDULE})
"""Doors with a guard of their own: the HTTP guard, the machine's login, and who may write to the workspace."""


class LiveSettings:
    """Follows config.yaml and config.runtime.yaml; it is the Rules of the bus.

    `current` holds what is in force: a changed key that needs a restart keeps its old value there. A broken
    edit changes nothing and is logged with its place. A key that names an agent changes only to one of `agents()`.
    """

    def __init__(self, loaded: Loaded, *, agents: Callable[[], Collection[str]]) -> None:
        self._sources = loaded.sources
        self._current = loaded.settings
        self._told = loaded.warnings
        self._agents = agents
        self._unknown: dict[str, str] = {}
        self._broken = ""
        self._pending: dict[str, Any] = {}
        self._open: frozenset[str] = frozenset()
        self._tell_open()

    @property
    def current(self) -> Settings:
        """The settings in force."""
        return self._current

    @property
    def trouble(self) -> str | None:
        """Why the files and what is in force differ, in one line with the place and without any value."""
        if self._broken:
            return f"{self._broken}; the last good settings stay"
        wrong = [self._sources.error(key, "").place or key for key in self._unknown]
        return f"{', '.join(wrong)}: there is no such agent; what was in force stays" if wrong else None

    @property
    def restart_needed(self) -> tuple[str, ...]:
        """The keys that were changed and wait for the next start."""
        return tuple(self._pending)

    def admits(self, address: Address, sender: Sender) -> bool:
        """Whether this person may use the bot there. Ids only, closed by default."""
        if address.platform in _GUARDED:
            return True
        block = self._current.messagebus.chat_platform(address.platform)
        if block is not None and sender.is_bot:
            return block.admits_bot(sender.user_id)
        group = address.chat_id if address.chat_kind is ChatKind.GROUP else None
        return block is not None and block.admits(sender.user_id, group=group, memberships=sender.memberships)

    def pairs(self, platform: str, user_id: str) -> bool:
        """Whether a stranger is given a code that an operator may approve; nobody who was shut out is."""
        block = self._current.messagebus.chat_platform(platform)
        return block is not None and block.pairing and not block.denies(user_id)

    def denies(self, platform: str, user_id: str) -> bool:
        """Whether this person was shut out: then nothing of what they say reaches an agent."""
        block = self._current.messagebus.chat_platform(platform)
        return block is not None and block.denies(user_id)

    def is_operator(self, platform: str, user_id: str) -> bool:
        """Whether this person may use operators' commands, where they are admitted; a schedule is their word."""
        return platform == SCHEDULE or user_id in self._current.operators.of(platform)

    def quota(self) -> Quota:
        """What one person who is no operator may use in a day."""
        return self._current.quotas.quota()

    def chat_rule(self, address: Address) -> ChatRule:
        """The policy of the chat of this address: its own, else that of "*"."""
        block = self._current.messagebus.chat_platform(address.platform)
        return ChatRule() if block is None else block.rule(address.chat_id)

    def names(self, address: Address) -> bool:
        """Whether the settings have a policy for this very chat."""
        block = self._current.messagebus.chat_platform(address.platform)
        return block is not None and address.chat_id in block.chats

    def default_agent(self) -> str:
        """The agent that answers new sessions."""
        return self._current.default_agent

    def policy(self, mode: SessionMode) -> SessionPolicy:
        """What this mode means now."""
        settings = self._current
        return policy_of(
            mode,
            chat_window=settings.chat_max_history,
            job_window=settings.job_max_history,
            deadline=settings.limits.turn,
        )

    def runtime_changed(self, document: Document) -> None:
        """Take over a new config.runtime.yaml, which its own sync has read."""
        try:
            self._take(replace(self._sources, runtime=runtime_layer(document)))
        except ConfigError as error:
            _tell_broken(error)

    async def run(self) -> None:
        """Follow config.yaml until cancelled.

        A change counts after two equal looks, so that a file half written by an editor is not believed.
        """
        path = self._sources.workspace.config
        known = seen = await to_thread.run_sync(_content, path)
        if known:
            self._config_changed(known)  # it may have been edited since it was loaded
        while True:
            await anyio.sleep(POLL_SECONDS)
            found = await to_thread.run_sync(_content, path)
            if found == seen and found != known:
                known = found
                self._config_changed(found)
            elif self._unknown and not set(self._agents()).isdisjoint(self._unknown.values()):
                self._take(self._sources)
            seen = found

    def _config_changed(self, content: bytes) -> None:
        if not content.strip():
            log.warning("config.yaml is empty or gone; the settings stay as they are")
            self._broken = "config.yaml is empty or gone"
            return
        try:
            document = read(content, source=self._sources.workspace.config.name)
            self._take(replace(self._sources, config=config_layer(document)))
        except ConfigError as error:
            _tell_broken(error)
            self._broken = f"{error.place} is wrong"
        else:
            self._broken = ""

    def _take(self, sources: Sources) -> None:
        """Put what the sources say in force. Raises ConfigError."""
        loaded = settle(sources)
        self._sources = sources
        hide(*secrets_of(loaded.settings))
        for warning in loaded.warnings:
            if warning not in self._told:
                log.warning("a setting needs a look", detail=warning)
        self._told = loaded.warnings
        self._apply(self._with_known_agents(loaded.settings))

    def _with_known_agents(self, wanted: Settings) -> Settings:
        in_force, found = dict(self._current.agents_named()), sorted(self._agents())
        unknown = {
            key: agent
            for key, agent in wanted.agents_named()
            if agent not in found and agent != in_force.get(key)
        }
        for key, agent in unknown.items():
            if self._unknown.get(key) == agent:
                continue
            message = f"{key}: there is no agent {agent!r}; the agents found are: {', '.join(found)}"
            log.error(
                "a setting names an unknown agent; what was in force stays",
                error=str(self._sources.error(key, message)),
            )
        self._unknown = unknown
        return keep_agents(self._current, wanted, unknown) if unknown else wanted

    def _apply(self, wanted: Settings) -> None:
        before = self._current
        self._current = apply_live(before, wanted)
        if applied := differing(before, self._current):
            log.info("settings changed", keys=list(applied))
        self._tell_restart(wanted)
        self._tell_open()

    def _tell_restart(self, wanted: Settings) -> None:
        pending = differing(self._current, wanted)
        for key in pending:
            if key not in self._pending or self._pending[key] != pending[key]:
                log.warning("restart needed", key=key)
        if settled := sorted(self._pending.keys() - pending.keys()):
            log.info("no restart needed any more", keys=settled)
        self._pending = pending

    def _tell_open(self) -> None:
        bus = self._current.messagebus
        blocks = {name: bus.chat_platform(name) for name in bus.active()}
        now_open = frozenset(
            name for name, block in blocks.items() if block and "*" in block.allowed_user_ids
        )
        for platform in sorted(now_open - self._open):
            log.warning(
                "everybody is admitted", platform=platform, key=f"messagebus.{platform}.allowed_user_ids"
            )
        self._open = now_open


def _content(path: Path) -> bytes:
    """The file's bytes; none where it cannot be read now, as while an editor replaces it."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _tell_broken(error: ConfigError) -> None:
    for line in str(error).splitlines():
        log.error("a settings file is wrong; the last good settings stay", error=line)
