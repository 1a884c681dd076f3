"""Measure what is promised of the cost, and write bench/RESULTS.md: python -m bench [ROUNDS]"""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable

import anyio
from bench.figures import Report

from bench import against, conversions, cost, growth, lanes, results, speakers, start

ROUNDS = 3

PARTS: dict[str, Callable[[int], Awaitable[Report]]] = {
    "a message": cost.report,
    "projects of the same kind": against.report,
    "start and memory": start.report,
    "growth": growth.report,
    "speakers": speakers.report,
    "lanes": lanes.report,
    "conversions": conversions.report,
}


async def main(rounds: int) -> None:
    """Measure part after part; what is there is written after each."""
    reports: dict[str, Report] = {}
    began = time.monotonic()
    for number, (name, measure) in enumerate(PARTS.items(), 1):
        minutes = (time.monotonic() - began) / 60
        print(f"[{number}/{len(PARTS)}, {minutes:.1f} min] {name}, {rounds} rounds", flush=True)
        reports[name] = await measure(rounds)
        results.write(reports, rounds, (time.monotonic() - began) / 60)
    print(f"written: {results.PATH}")


if __name__ == "__main__":
    anyio.run(main, int(sys.argv[1]) if sys.argv[1:] else ROUNDS)
