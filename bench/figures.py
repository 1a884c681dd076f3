"""What was measured, as a table says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One promised figure. `holds` is None where there is nothing to hold it to."""

    id: str
    promised: str
    measured: str
    holds: bool | None


@dataclass(slots=True)
class Report:
    """The rows of one part, what is to be said besides them as Markdown paragraphs, and SVG drawings by name."""

    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    plots: dict[str, str] = field(default_factory=dict)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the sorted `values` do not exceed."""
    return values[min(len(values) - 1, int(len(values) * share))]


def spread(values: Sequence[float], unit: str = "", digits: int = 2) -> str:
    """The median, with the least and the greatest beside it."""
    low, middle, high = min(values), median(values), max(values)
    return f"{middle:,.{digits}f}{unit} ({low:,.{digits}f} to {high:,.{digits}f})"
