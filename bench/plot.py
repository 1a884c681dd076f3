"""Curves as SVG, readable on light and on dark pages, and the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, log10
from statistics import median

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 80, 24, 64, 56
LINES = 5
STYLE = """\
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .grid { stroke: #8c959f; stroke-opacity: .35 }
  .curve { fill: none; stroke-width: 2 }
  .c0 { stroke: #0969da } .d0 { fill: #0969da } .c1 { stroke: #bc4c00 } .d1 { fill: #bc4c00 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .c0 { stroke: #58a6ff } .d0 { fill: #58a6ff } .c1 { stroke: #ffa657 } .d1 { fill: #ffa657 }
  }"""

Series = Mapping[int, Sequence[float]]


def curves(title: str, across: str, unit: str, series: Mapping[str, Series]) -> str:
    """A chart of at most two series over the same sizes, which stand at equal distances from each other.

    Each size has the figures of all its runs: the curve goes through their medians, a bar shows least and greatest.
    """
    sizes = list(next(iter(series.values())))
    step = _step(max(value for runs in series.values() for all_ in runs.values() for value in all_))
    parts = [_frame(title, across, unit), *_grid(step), *_sizes(sizes)]
    for number, (name, runs) in enumerate(series.items()):
        parts += _curve(number, [runs[size] for size in sizes], step)
        parts += _legend(number, name)
    return "\n".join([*parts, "</svg>\n"])


def _step(greatest: float) -> float:
    """A round distance of grid lines such that all of them reach over the greatest value."""
    least = greatest / LINES or 1.0
    power = 10 ** floor(log10(least))
    return next(it * power for it in (1, 2, 2.5, 5, 10) if it * power >= least)


def _x(number: int, count: int) -> float:
    return LEFT + (number + 0.5) * (WIDTH - LEFT - RIGHT) / count


def _y(value: float, step: float) -> float:
    return HEIGHT - BOTTOM - value / (step * LINES) * (HEIGHT - TOP - BOTTOM)


def _frame(title: str, across: str, unit: str) -> str:
    middle = (TOP + HEIGHT - BOTTOM) / 2
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{STYLE}\n</style>",
            _text(LEFT, 24, title, "start", 'class="title" '),
            _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, across),
            _text(18, middle, unit, extra=f'transform="rotate(-90 18 {middle:.1f})" '),
        ]
    )


def _grid(step: float) -> list[str]:
    parts: list[str] = []
    for number in range(LINES + 1):
        y = _y(number * step, step)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{number * step:,.10g}", "end"))
    return parts


def _sizes(sizes: Sequence[int]) -> list[str]:
    y = HEIGHT - BOTTOM + 20
    return [_text(_x(number, len(sizes)), y, f"{size:,}") for number, size in enumerate(sizes)]


def _curve(number: int, runs: Sequence[Sequence[float]], step: float) -> list[str]:
    points = [(_x(place, len(runs)), all_) for place, all_ in enumerate(runs)]
    path = " ".join(f"{x:.1f},{_y(median(all_), step):.1f}" for x, all_ in points)
    parts = [f'<polyline class="curve c{number}" points="{path}"/>']
    for x, all_ in points:
        low, middle, high = (_y(it, step) for it in (min(all_), median(all_), max(all_)))
        parts.append(f'<path class="curve c{number}" d="M{x:.1f} {low:.1f}V{high:.1f}"/>')
        parts.append(f'<circle class="d{number}" cx="{x:.1f}" cy="{middle:.1f}" r="4"/>')
    return parts


def _legend(number: int, name: str) -> list[str]:
    x = LEFT + number * (WIDTH - LEFT - RIGHT) / 2
    return [f'<circle class="d{number}" cx="{x + 6:.1f}" cy="42" r="4"/>', _text(x + 16, 46, name, "start")]


def _text(x: float, y: float, words: str, anchor: str = "middle", extra: str = "") -> str:
    return f'<text {extra}x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
