"""Measure what is promised of the cost, and write bench/RESULTS.md: python -m bench [ROUNDS]"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable

import anyio
from bench.figures import Report

from bench import against, cost, growth, lanes, results, start

PARTS: dict[str, Callable[[int], Awaitable[Report]]] = {
    "a message": cost.report,
    "projects of the same kind": against.report,
    "start and memory": start.report,
    "growth": growth.report,
    "lanes": lanes.report,
}


async def main(rounds: int) -> None:
    """Measure part after part; what is there is written after each."""
    reports: dict[str, Report] = {}
    for name, measure in PARTS.items():
        print(f"measuring {name}", flush=True)
        reports[name] = await measure(rounds)
        results.write(reports, rounds)
    print(f"written: {results.PATH}")


if __name__ == "__main__":
    anyio.run(main, int(sys.argv[1]) if sys.argv[1:] else 3)
