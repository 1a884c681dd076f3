"""Where the event loop's time goes, by package."""

from __future__ import annotations

import pstats
from collections import Counter
from pathlib import Path, PurePath

MOST = 14
NOT_WORK = frozenset({"<method 'poll' of 'select.epoll' objects>"})


def by_package(path: Path) -> str:
    """A table of the packages that cost most. The profiler makes all of them slower: only the shares count."""
    seconds: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(str(path)).stats.items():
        if name not in NOT_WORK:
            seconds[_package(file, name)] += own
    whole = sum(seconds.values())
    lines = [
        "### Where the event loop's time goes (cProfile, ring: placeholder, busy)",
        "",
        "| package | share |",
        "|---|---|",
    ]
    lines += [f"| {name} | {100 * own / whole:.0f} % |" for name, own in seconds.most_common(MOST)]
    return "\n".join(lines)


def by_import(report: str) -> str:
    """A table of what is slowest to import, from what `python -X importtime` says."""
    own: Counter[str] = Counter()
    for line in report.splitlines():
        if line.startswith("import time:") and line.count("|") == 2:
            micros, _, name = line.removeprefix("import time:").split("|")
            if micros.strip().isdigit():
                own[name.strip().partition(".")[0]] += int(micros)
    lines = [
        f"### Where a start's time goes ({own.total() / 1e6:.2f} s of imports, slowed by their being timed)",
        "",
        "| package | seconds |",
        "|---|---|",
    ]
    lines += [f"| {name} | {micros / 1e6:.2f} |" for name, micros in own.most_common(MOST)]
    return "\n".join(lines)


def _package(file: str, name: str) -> str:
    if file.startswith("~"):
        return f"built-in: {name.strip('<>')}"
    parts = PurePath(file).parts
    if "picklebot" in parts and "site-packages" not in parts:
        inside = parts[len(parts) - parts[::-1].index("picklebot") :]
        return "picklebot." + inside[0].removesuffix(".py")
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    return "standard library: " + (parts[-2] if parts[-2:-1] and "python3" not in parts[-2] else parts[-1])
