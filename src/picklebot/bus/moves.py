"""A chat got another id: its conversations go on under it."""

from __future__ import annotations

from dataclasses import replace

import structlog

from picklebot.model.message import Address, ChatKind
from picklebot.model.moved import Moved
from picklebot.ports.moves import MoveStore
from picklebot.ports.rules import Rules
from picklebot.ports.storage import BindingStore, Transaction
from picklebot.sessions.key import parse_key

log = structlog.get_logger()


class Moves:
    """Moves keys, sessions and what is owed, in the caller's transaction."""

    def __init__(self, store: MoveStore, bindings: BindingStore, rules: Rules) -> None:
        self._store = store
        self._bindings = bindings
        self._rules = rules

    def take(self, tx: Transaction, moved: Moved) -> None:
        """Move what is not moved yet. Where somebody spoke under the new id already, that conversation goes on."""
        keys = self._store.keys(tx, moved.platform, moved.before)
        for key in keys:
            self._move_key(tx, moved, key)
        self._store.readdress(tx, moved)
        if keys:
            tx.after_commit(lambda: self._tell(moved, len(keys)))

    def _move_key(self, tx: Transaction, moved: Moved, before: str) -> None:
        after = replace(parse_key(moved.platform, before), chat=moved.after).text
        binding = self._bindings.get(tx, moved.platform, before)
        if binding is not None:
            if self._bindings.get(tx, moved.platform, after) is None:
                self._bindings.put(tx, moved.platform, after, binding)
            self._bindings.remove(tx, moved.platform, before)
        self._store.hand_over(tx, moved.platform, before, after)

    def _tell(self, moved: Moved, keys: int) -> None:
        """The operator's own words about the chat are theirs to change."""
        fields = {"platform": moved.platform, "before": moved.before, "after": moved.after}
        log.info("a chat got another id; its sessions moved along", keys=keys, **fields)
        if self._rules.names(Address(moved.platform, moved.bot_id, moved.before, ChatKind.GROUP)):
            log.warning(
                "a chat got another id, and the settings still have the old one; please change it there",
                key=f"messagebus.{moved.platform}.chats.{moved.before}",
                **fields,
            )
