"""Faults on order: what goes wrong with the next calls of a method."""

from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus

from picklebot.sandbox.telegram.refusal import BotApiError

EVERY_METHOD = "*"
MOST_FAULTS = 1_000
_DESCRIPTIONS = {
    400: "Bad Request: refused by the sandbox",
    403: "Forbidden: bot was blocked by the user",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


class FaultKind(StrEnum):
    """How a call goes wrong."""

    ERROR = "error"
    """Refused with a code; nothing is done."""
    DROP = "drop"
    """The connection closes before anything is done."""
    DELIVER_THEN_DROP = "deliver_then_drop"
    """It is done, then the connection closes without an answer."""
    DELAY = "delay"
    """It is done after `seconds`, also when the client has gone by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong. `error` uses code, description and parameters; `delay` uses seconds."""

    method: str = EVERY_METHOD
    kind: FaultKind = FaultKind.ERROR
    chat_id: int | None = None
    code: int = 500
    description: str | None = None
    parameters: dict[str, int] = field(default_factory=dict[str, int])
    seconds: float = 0.0

    def matches(self, method: str, chat_id: int | None) -> bool:
        """Tell whether this fault meets a call; `*` leaves out getUpdates, which would use it up unseen."""
        named = self.method.lower() == method.lower()
        every = self.method == EVERY_METHOD and method.lower() != "getupdates"
        return (named or every) and self.chat_id in (None, chat_id)

    def error(self) -> BotApiError:
        """Give the refusal that an `error` fault answers with."""
        wait = self.parameters.get("retry_after")
        told = f"Too Many Requests: retry after {wait}" if wait is not None else None
        return BotApiError(self.code, self.description or told or _described(self.code), **self.parameters)


def _described(code: int) -> str:
    known = {status.value: status.phrase for status in HTTPStatus}
    return _DESCRIPTIONS.get(code) or known.get(code, "Error")


@dataclass(slots=True)
class Faults:
    """The faults still to happen, in the order in which they were asked for; at most 1,000."""

    _waiting: list[tuple[Fault, int]] = field(default_factory=list[tuple[Fault, int]])

    def add(self, fault: Fault, times: int = 1) -> None:
        """Let `fault` meet the next `times` calls that it matches."""
        if times < 1 or len(self._waiting) >= MOST_FAULTS:
            raise ValueError(f"a fault happens at least once, and at most {MOST_FAULTS} may wait")
        self._waiting.append((fault, times))

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """Use up one occurrence of the first fault that meets this call."""
        for place, (fault, left) in enumerate(self._waiting):
            if fault.matches(method, chat_id):
                self._waiting[place : place + 1] = [(fault, left - 1)] if left > 1 else []
                return fault
        return None

    def clear(self) -> None:
        """Forget what has not happened yet."""
        self._waiting.clear()

    def to_json(self) -> list[dict[str, object]]:
        """List what is still to happen."""
        return [{"method": f.method, "kind": f.kind, "code": f.code, "left": n} for f, n in self._waiting]
