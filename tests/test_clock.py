"""The even clock: what it follows, what it sits out, and what it believes at last."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.clock import LASTING, SMALL, EvenClock

SOURCES = Path(__file__).parents[1] / "src/picklebot"
OWN_TIME = {"clock.py", "agents/tools.py", "storage/backup.py", "storage/runtime_yaml/file.py"}
"""It itself; a tool that tells what the system's clock shows; and who compares with the times of files."""

HOURS = 5 * 3_600.0


class Hands:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.wall = 1_000_000.0
        self.elapsed = 50.0
        self.clock = EvenClock(lambda: self.wall, lambda: self.elapsed)

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += seconds
        self.elapsed += seconds


@pytest.mark.requirement("P5")
@given(st.lists(st.tuples(st.floats(0, 600), st.floats(-HOURS, HOURS)), max_size=6))
def test_jumps_to_and_fro_within_an_hour_change_no_age(jumps: list[tuple[float, float]]) -> None:
    """The machine's clock ends where it would have been; of jumps within a minute it may show something meanwhile."""
    hands = Hands()
    began = hands.clock.seconds()
    for seconds, jump in jumps:
        hands.wall += jump
        hands.pass_(seconds)
        assert abs(hands.clock.seconds() - began - (hands.elapsed - 50)) <= SMALL * len(jumps)
        hands.wall -= jump


def test_a_small_correction_is_followed() -> None:
    hands = Hands()
    hands.wall += SMALL / 2
    assert hands.clock.seconds() == hands.wall


@pytest.mark.parametrize("jump", [HOURS, -HOURS])
def test_a_jump_that_lasts_is_believed(jump: float) -> None:
    hands = Hands()
    hands.wall += jump
    for _ in range(4):
        assert hands.clock.seconds() == hands.wall - jump
        hands.pass_(LASTING / 4)
    assert hands.clock.seconds() == hands.wall
    assert hands.clock.now().timestamp() == hands.wall


def test_nobody_else_asks_the_system() -> None:
    """The sandboxes are a world of their own."""
    asking = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if re.search(r"datetime\.now\(|\btime\.time(_ns)?\b|utcnow", path.read_text("utf-8"))
    }
    assert {name for name in asking if not name.startswith("sandbox/")} == OWN_TIME
