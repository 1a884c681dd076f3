"""One open transaction, as stores see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection


@dataclass(slots=True, eq=False)
class SqlTransaction:
    """Implements `ports.storage.Transaction`. The calls are kept here until the writer knows how it ended."""

    connection: Connection
    driver: Any
    commit_calls: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    rollback_calls: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])

    def after_commit(self, call: Callable[[], None]) -> None:
        self.commit_calls.append(call)

    def after_rollback(self, call: Callable[[], None]) -> None:
        self.rollback_calls.append(call)
