"""What the tests saw of what is promised. A run with PICKLEBOT_FIGURES=FILE writes it into that file.

figure("P11", "growth of the p95 wait beside 1,000 flooded messages", "12 ms")
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from bench.machine import where_and_when
from bench.sections import put
from tests.promises import PROMISED
from tests.sizes import FULL

Figure = Callable[[str, str, object], None]


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Note what was seen of a promise, for the results: its id, what it is, and how much.

    It travels in the test's report, so any worker may note it. What is noted again replaces what was noted before.
    """

    def note(name: str, what: str, seen: object) -> None:
        assert name in PROMISED, f"{name} is not in tests/promises.py"
        properties: list[tuple[str, Any]] = request.node.user_properties
        properties[:] = [it for it in properties if it[0] != "figure" or it[1][:2] != (name, what)]
        properties.append(("figure", (name, what, str(seen))))

    return note


@dataclass(slots=True)
class Seen:
    """What all tests of one promise saw."""

    figures: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """What → test → how much."""
    passed: set[str] = field(default_factory=set[str])
    failed: set[str] = field(default_factory=set[str])

    @property
    def words(self) -> str:
        """Every figure; those that several tests noted of the same thing stand beside each other."""
        return "; ".join(
            f"{what}: {', '.join(dict.fromkeys(by.values()))}" for what, by in self.figures.items()
        )

    @property
    def holds(self) -> str:
        """How many tests there were, and which of them failed."""
        if self.failed:
            return "**no**: " + ", ".join(sorted(test.rpartition("::")[2] for test in self.failed))
        return f"yes, by {len(self.passed)} tests" if self.passed else "not run"


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Let each report say which promises it is about."""
    for item in items:
        item.user_properties += [("requirement", mark.args[0]) for mark in item.iter_markers("requirement")]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End with what was seen, a line for each promise, and write it where it is wanted."""
    seen = gather(_reports(terminalreporter))
    for name in PROMISED:
        if name in seen and seen[name].figures:
            terminalreporter.write_line(f"{name:5} {seen[name].words}")
    if path := os.environ.get("PICKLEBOT_FIGURES"):
        put(Path(path), "make soak", "\n".join(describe(seen, full=FULL)))
        terminalreporter.write_line(f"what the promises' tests saw is in {path}")


def gather(reports: Iterable[tuple[str, bool, Iterable[tuple[str, Any]]]]) -> dict[str, Seen]:
    """By promise: from each test its name, whether it passed, and its properties."""
    found: dict[str, Seen] = defaultdict(Seen)
    for test, passed, properties in reports:
        for kind, value in properties:
            if kind == "requirement":
                (found[value].passed if passed else found[value].failed).add(test)
            elif kind == "figure":
                name, what, amount = value
                found[name].figures[what][test] = amount
    return found


def describe(seen: dict[str, Seen], *, full: bool) -> list[str]:
    """The section of the results. A promise of which no test saw anything stands there without a figure."""
    size = "full size" if full else "about a hundredth of the full size"
    rows = ((name, promise, seen.get(name, Seen())) for name, promise in PROMISED.items())
    return [
        "# What the promises' tests saw",
        "",
        "Written by `make soak`, or by `make test` with PICKLEBOT_FIGURES=bench/RESULTS.md.",
        "",
        *where_and_when(),
        f"- size: {size}",
        "",
        "| id | promised | seen | holds? |",
        "|---|---|---|---|",
        *(f"| {name} | {promise} | {it.words} | {it.holds} |" for name, promise, it in rows),
    ]


def _reports(reporter: pytest.TerminalReporter) -> Iterator[tuple[str, bool, list[tuple[str, Any]]]]:
    """All tests that ran. One that fails before or after itself has failed too."""
    for outcome in ("passed", "failed", "error"):
        for report in reporter.getreports(outcome):
            if isinstance(report, pytest.TestReport) and (report.when == "call" or outcome != "passed"):
                yield report.nodeid, outcome == "passed", report.user_properties
