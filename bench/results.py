"""The section of bench/RESULTS.md that `make bench` writes, from what was measured and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.figures import Report, Row
from bench.machine import where_and_when
from bench.sections import put

PATH = Path(__file__).with_name("RESULTS.md")
PLOTS = PATH.with_name("plots")
SECTION = "make bench"
IDS = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "P16", "P26")


def write(reports: Mapping[str, Report], rounds: int, minutes: float) -> None:
    """Replace the section. An id without a row stands there as not measured yet."""
    rows = [row for report in reports.values() for row in report.rows]
    missing = [it for it in IDS if all(row.id != it for row in rows)]
    rows += [Row(it, "", "not measured yet", None) for it in missing]
    lines = [
        "# What it costs",
        "",
        "Written by `make bench`. Medians, with the least and the greatest beside them. The bots take turns, each on",
        f"a loopback Bot API of its own without limits, {rounds} rounds, {minutes:.0f} minutes in all; CPU time is",
        "the bot's process alone. picklebot writes with FULL sync, keeps its history and logs by its defaults; the",
        "model answers at once.",
        "",
        *where_and_when(),
        "",
        "| id | promised | measured | holds? |",
        "|---|---|---|---|",
        *(_line(row) for row in sorted(rows, key=lambda row: IDS.index(row.id))),
    ]
    PLOTS.mkdir(exist_ok=True)
    for report in reports.values():
        for note in report.notes:
            lines += ["", note]
        for name, drawing in report.plots.items():
            PLOTS.joinpath(f"{name}.svg").write_text(drawing, encoding="utf-8")
            lines += ["", f"![{name}](plots/{name}.svg)"]
    put(PATH, SECTION, "\n".join(lines))


def _line(row: Row) -> str:
    holds = {True: "yes", False: "**no**", None: ""}[row.holds]
    return f"| {row.id} | {row.promised} | {row.measured} | {holds} |"
