"""Flat dataclasses as plain data, for what is kept as JSON."""

from __future__ import annotations

from typing import Any


def plain(value: Any) -> dict[str, Any]:
    """The fields of a dataclass with slots whose values are plain already; `type(value)(**plain(value))` is equal."""
    return {name: getattr(value, name) for name in value.__slots__}
