"""Who waits for an answer: told of each text and of each message that changes, so that no look costs much.

It answers the question that a campaign asks all the time. The judge reads everything again at the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.kills.judge import MARK, Said, Shown, body, token_of


@dataclass(slots=True)
class Waiting:
    """The chats as they stand. `shown` is what the bot shows in each, by place."""

    shown: dict[str, dict[int, Shown]] = field(default_factory=lambda: defaultdict(dict))
    _owed: dict[str, str] = field(default_factory=dict[str, str])
    _answers: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _waiting: dict[str, tuple[str, Said]] = field(default_factory=dict[str, tuple[str, Said]])
    _said: dict[str, tuple[str, Said]] = field(default_factory=dict[str, tuple[str, Said]])

    def say(self, chat: str, said: Said, answer: str) -> None:
        """Somebody said this, and this answer is owed."""
        self._owed[said.token] = answer
        self._waiting[said.token] = self._said[said.token] = (chat, said)

    def show(self, chat: str, place: int, shown: Shown | None) -> None:
        """A message of the bot stands so from now on; None when it is gone."""
        if before := self.shown[chat].pop(place, None):
            self._count(before, -1)
        if shown is not None:
            self.shown[chat][place] = shown
            self._count(shown, +1)

    def unanswered(self, given_up: Mapping[str, str]) -> list[Said]:
        """All texts that have no complete answer and no visible error. `given_up` as in `Chat`, of all chats."""
        return [
            said for chat, said in self._waiting.values() if not self._is_told(chat, given_up.get(said.text))
        ]

    def _count(self, shown: Shown, change: int) -> None:
        token = token_of(shown)
        if self._owed.get(token) != body(shown):
            return
        (self._answers[token].add if change > 0 else self._answers[token].discard)(shown.place)
        if self._answers[token]:
            self._waiting.pop(token, None)
        else:
            self._waiting[token] = self._said[token]

    def _is_told(self, chat: str, error: str | None) -> bool:
        return error is not None and any(
            it.text.removeprefix(MARK) == error for it in self.shown[chat].values()
        )
