"""Requirement ids and tests, tied both ways.

A test that proves a requirement carries `@pytest.mark.requirement("S0.1")`. Here is every id of the
contract; those that are finished must have a test, and no test may name an id that is not here.
"""

import ast
from collections import defaultdict
from pathlib import Path

from tests.promises import PROMISED

TESTS = Path(__file__).parent

IDS = {
    *(f"S0.{n}" for n in range(1, 13)),
    *(f"S1.{n}" for n in range(1, 9)),
    *(f"S2.{n}" for n in range(1, 7)),
    *(f"S3.{n}" for n in range(1, 8)),
    *(f"S4.{n}" for n in range(1, 7)),
    *(f"B{n}" for n in range(1, 12)),
    *(f"P{n}" for n in range(1, 34)),
    *(f"Q{n}" for n in range(1, 8)),
}
FINISHED = {
    *(f"S0.{n}" for n in range(1, 13)),
    *(f"P{n}" for n in range(1, 16)),
    *(f"P{n}" for n in (16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 29, 30)),
    *("B3", "B9", "S2.5", "S3.3"),
    *("S4.1", "B4", "B7", "B8", "B11", "P17", "P27", "P33"),
}


def test_every_finished_requirement_has_a_test() -> None:
    assert FINISHED - proofs().keys() == set()


def test_every_test_names_a_requirement_that_exists() -> None:
    assert {name: where for name, where in proofs().items() if name not in IDS} == {}


def test_every_promise_with_a_figure_has_a_test_that_notes_it() -> None:
    noted = {
        node.args[0].value
        for path in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "figure"
        if isinstance(node.args[0], ast.Constant)
    }
    assert PROMISED.keys() - noted == set()


def proofs() -> dict[str, list[str]]:
    """Which tests carry which id: id → places, read from the sources."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for name in marks(node):
                found[name].append(f"{path.relative_to(TESTS)}:{getattr(node, 'lineno', 1)}")
    return found


def marks(node: ast.AST) -> list[str]:
    """The ids of a `requirement` mark, on a test or in a module's `pytestmark`."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func) != "pytest.mark.requirement":
        return []
    return [it.value for it in node.args if isinstance(it, ast.Constant) and isinstance(it.value, str)]
