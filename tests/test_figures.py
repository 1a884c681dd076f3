"""What the tests saw is written down."""

from tests.figures import describe, gather

LATE = ("figure", ("P11", "p95 wait", "2 ms"))


def test_a_promise_shows_what_all_its_tests_saw() -> None:
    first = [("requirement", "P11"), ("figure", ("P11", "p95 wait", "1 ms")), LATE]
    other = [
        ("requirement", "P11"),
        ("figure", ("P11", "p95 wait", "7 ms")),
        ("figure", ("P11", "turns", "9")),
    ]
    [seen] = gather([("a.py::one", True, first), ("a.py::other", True, other)]).values()
    assert seen.words == "p95 wait: 2 ms, 7 ms; turns: 9"
    assert seen.holds == "yes, by 2 tests"


def test_a_promise_holds_only_if_all_its_tests_passed() -> None:
    seen = gather(
        [("a.py::one", True, [("requirement", "P11")]), ("a.py::other", False, [("requirement", "P11")])]
    )
    lines = describe(seen, full=True)
    assert any(line.startswith("| P11 |") and line.endswith("|  | **no**: other |") for line in lines)
    assert any(line.startswith("| P12 |") and line.endswith("|  | not run |") for line in lines)
