"""What only operators may say: who comes in, and how the gateway goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from picklebot.bus.commands.desk import Asked, CarryOut, argument
from picklebot.bus.doors import Entrance
from picklebot.errors import ConflictError, NotFoundError
from picklebot.model import words
from picklebot.model.choice import Choice, Choices, Said
from picklebot.model.message import Command, InboundMessage
from picklebot.model.pairing import Pending
from picklebot.ports.rules import Rules
from picklebot.ports.storage import Transaction

PLATFORMS: Final = frozenset({"telegram", "discord"})
ID: Final = re.compile(r"-?[0-9]{1,20}")

_LONGEST_NAME: Final = 30

Checkup = Callable[[], str]
"""How the gateway goes, in a few lines without secrets."""


class OperatorCommands:
    """`/pair /allow /revoke /health`. Everybody else is told that these are not for them."""

    def __init__(self, doors: Entrance, rules: Rules, checkup: Checkup) -> None:
        self._doors = doors
        self._rules = rules
        self._checkup = checkup

    def known(self) -> Mapping[str, CarryOut]:
        """See Group."""
        ours = {"pair": self._pair, "allow": self._allow, "revoke": self._revoke, "health": self._health}
        return {name: self._guarded(carry_out) for name, carry_out in ours.items()}

    def _guarded(self, carry_out: CarryOut) -> CarryOut:
        def guarded(tx: Transaction, message: InboundMessage) -> Said | Asked:
            if not self._rules.is_operator(message.address.platform, message.sender.user_id):
                return Said(words.OPERATORS_ONLY)
            return carry_out(tx, message)

        return guarded

    def _pair(self, tx: Transaction, message: InboundMessage) -> Said:
        code = argument(message)
        if not code:
            return self._waiting(tx)
        try:
            pending = self._doors.approve(tx, code, by=_name_of(message))
        except NotFoundError:
            return Said(words.NO_SUCH_CODE)
        except ConflictError:
            return Said(words.TOO_MANY_GUESSES)
        return Said(words.LET_IN.format(**_shown(pending)))

    def _waiting(self, tx: Transaction) -> Said:
        found = self._doors.pending(tx)
        if not found:
            return Said(words.NOBODY_WAITS)
        lines = [words.ONE_WAITING.format(**_shown(each)) for each in found]
        rows = tuple(
            (
                Choice(
                    words.LET_IN_BUTTON.format(name=_shown(each)["name"]),
                    Command("allow", f"{each.platform}:{each.user_id}"),
                ),
            )
            for each in found
        )
        return Said("\n".join([words.WAITING_OUTSIDE, *lines]), rows)

    def _allow(self, tx: Transaction, message: InboundMessage) -> Said:
        found = _whom(message, argument(message))
        if found is None:
            return Said(words.WHICH_ID.format(command="allow"))
        platform, user_id = found
        waiting = [each for each in self._doors.pending(tx) if (each.platform, each.user_id) == found]
        name = _shown(waiting[0])["name"] if waiting else words.SOMEBODY_NEW
        self._doors.allow(tx, platform, user_id, by=_name_of(message))
        return Said(words.LET_IN.format(name=name, platform=words.platform_name(platform), user_id=user_id))

    def _revoke(self, tx: Transaction, message: InboundMessage) -> Said:
        who, _, answer = argument(message).partition(" ")
        found = _whom(message, who)
        if found is None:
            return Said(words.WHICH_ID.format(command="revoke"))
        platform, user_id = found
        if found == (message.address.platform, message.sender.user_id):
            return Said(words.NOT_YOURSELF)
        if answer == words.YES:
            self._doors.revoke(tx, platform, user_id, by=_name_of(message))
            return Said(words.REVOKED.format(platform=words.platform_name(platform), user_id=user_id))
        if answer == words.NO:
            return Said(words.LEFT_AS_IT_IS)
        asked = words.REALLY_REVOKE.format(platform=words.platform_name(platform), user_id=user_id)
        return Said(asked, _asked(platform, user_id))

    def _health(self, _: Transaction, __: InboundMessage) -> Said:
        return Said(self._checkup())


def _asked(platform: str, user_id: str) -> Choices:
    def choice(label: str, answer: str) -> Choice:
        return Choice(label, Command("revoke", f"{platform}:{user_id} {answer}"))

    return ((choice(words.REVOKE_BUTTON, words.YES), choice(words.KEEP_BUTTON, words.NO)),)


def _whom(message: InboundMessage, text: str) -> tuple[str, str] | None:
    """Platform and id; an id alone is one of the platform where it was said."""
    named, _, user_id = text.rpartition(":")
    platform = named or message.address.platform
    return (platform, user_id) if platform in PLATFORMS and ID.fullmatch(user_id) else None


def _shown(pending: Pending) -> dict[str, str]:
    name = pending.name[:_LONGEST_NAME].strip() or words.SOMEBODY_NEW
    return {"name": name, "platform": words.platform_name(pending.platform), "user_id": pending.user_id}


def _name_of(message: InboundMessage) -> str:
    return f"{message.address.platform}:{message.sender.user_id}"
