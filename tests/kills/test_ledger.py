"""Whom a death charges is seen in the database before and after it."""

from __future__ import annotations

from tests.kills.ledger import Glance


def test_charged_is_who_was_begun_again_and_runs_at_the_end() -> None:
    before = Glance(
        {"culprit": 1, "neighbour": 1, "rested": 2}, frozenset({"culprit", "neighbour", "rested"})
    )
    attempts = {"culprit": 2, "neighbour": 1, "rested": 3, "new": 1}
    after = Glance(attempts, frozenset({"culprit", "neighbour", "new"}))
    assert after.charged_since(before) == ["culprit"]
    both = Glance({**attempts, "neighbour": 2}, after.running)
    assert sorted(both.charged_since(before)) == ["culprit", "neighbour"]
