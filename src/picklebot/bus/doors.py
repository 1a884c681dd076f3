"""Who comes in: codes for strangers, and what operators make of them.

Everything is written in the caller's transaction: who waits, and the edit that config.runtime.yaml is owed. The file
is the truth about who may talk; the edit is in force as soon as it is written there.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from picklebot import clock
from picklebot.bus.guesses import Guesses
from picklebot.errors import ConflictError, NotFoundError
from picklebot.model import words
from picklebot.model.message import Sender
from picklebot.model.pairing import MOST_PENDING, VALID, Pending, digest_of, new_code
from picklebot.ports.doors import ListEdit, ListEdits, PairingStore
from picklebot.ports.storage import Transaction

log = structlog.get_logger()


class Entrance:
    """Lets in and shuts out."""

    def __init__(self, pairings: PairingStore, edits: ListEdits) -> None:
        self._pairings = pairings
        self._edits = edits
        self._guesses = Guesses()

    def knock(self, tx: Transaction, platform: str, sender: Sender) -> str | None:
        """Let a stranger wait, and give their code; None while too many wait already."""
        now = clock.now()
        others = [
            each
            for each in self._pairings.pending(tx, now)
            if each.platform == platform and each.user_id != sender.user_id
        ]
        if len(others) >= MOST_PENDING:
            return None
        code = new_code()
        digest = digest_of(code, platform, sender.user_id)
        self._pairings.put(tx, Pending(platform, sender.user_id, sender.name, digest, now + VALID))
        return code

    def pending(self, tx: Transaction) -> Sequence[Pending]:
        """Who waits, the longest first."""
        return self._pairings.pending(tx, clock.now())

    def approve(self, tx: Transaction, code: str, *, by: str, operator: bool = False) -> Pending:
        """Let in whoever has this code, as an operator too if that is wished.

        Raises NotFoundError for a wrong code, and ConflictError when `by` has tried too many of those.
        """
        if self._guesses.exhausted(by):
            raise ConflictError(words.TOO_MANY_GUESSES)
        for each in self.pending(tx):
            if digest_of(code, each.platform, each.user_id) == each.digest:
                self.allow(tx, each.platform, each.user_id, by=by, operator=operator)
                return each
        self._guesses.note_wrong(by)
        raise NotFoundError(words.NO_SUCH_CODE)

    def allow(self, tx: Transaction, platform: str, user_id: str, *, by: str, operator: bool = False) -> None:
        """Let somebody in by their id."""
        lists = [(_allowed(platform), True), (_denied(platform), False)]
        if operator:
            lists.append((("operators", platform), True))
        self._edits.add(tx, [ListEdit(path, user_id, present) for path, present in lists])
        self._pairings.remove(tx, platform, user_id)
        fields = {"platform": platform, "user": user_id, "operator": operator, "by": by}
        tx.after_commit(lambda: log.info("somebody was let in", **fields))

    def revoke(self, tx: Transaction, platform: str, user_id: str, *, by: str) -> None:
        """Shut somebody out, whatever list they stand in."""
        lists = [
            (_allowed(platform), False),
            (("operators", platform), False),
            (_denied(platform), True),
        ]
        self._edits.add(tx, [ListEdit(path, user_id, present) for path, present in lists])
        self._pairings.remove(tx, platform, user_id)
        tx.after_commit(lambda: log.info("somebody was shut out", platform=platform, user=user_id, by=by))


def _allowed(platform: str) -> tuple[str, ...]:
    return ("messagebus", platform, "allowed_user_ids")


def _denied(platform: str) -> tuple[str, ...]:
    return ("messagebus", platform, "denied_user_ids")
