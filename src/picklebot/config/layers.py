"""Settings as they stand in several places, and how those become one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from picklebot.errors import ConfigError
from picklebot.forms.form import listed
from picklebot.forms.problems import Path, Problem
from picklebot.yamltext import Document, Plain

Tree = dict[str, Plain]

UNITED: Final = frozenset(
    {"allowed_user_ids", "denied_user_ids", "allowed_bot_ids", "allowed_guild_ids", "allowed_role_ids"}
)
"""Keys whose values add up over the layers, as all under `operators` do; everything else is replaced by the highest
layer that has it."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One place with settings. `place` says where a path stands: a file and line, or a variable."""

    tree: Tree
    place: Callable[[Path], tuple[str, int | None]]

    def error(self, problem: Problem) -> ConfigError:
        """The problem with the place it has in this layer."""
        source, line = self.place(problem.path)
        return ConfigError(problem.message, source=source, line=line)

    def depth(self, path: Path) -> int:
        """How many steps of `path` exist here."""
        here: Plain = self.tree
        for depth, step in enumerate(path):
            if not isinstance(here, dict) or str(step) not in here:
                return depth
            here = here[str(step)]
        return len(path)

    def at(self, path: Path) -> Plain:
        """What is at `path`, or None."""
        here: Plain = self.tree
        for step in path:
            here = here.get(str(step)) if isinstance(here, dict) else None
        return here


def lines_of(document: Document, tree: Tree) -> Callable[[Path], tuple[str, int | None]]:
    """The place of each key of `tree` in `document`, without keeping the document."""
    source, lines = document.source, {path: document.line(path) for path in _paths((), tree)}

    def place(path: Path) -> tuple[str, int | None]:
        known = (lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines)
        return source, next(known, 1)

    return place


def _paths(prefix: Path, tree: Tree) -> Iterator[Path]:
    for key, value in tree.items():
        yield (*prefix, key)
        if isinstance(value, dict):
            yield from _paths((*prefix, key), value)


def merge(trees: Iterable[Tree]) -> Tree:
    """One tree of all, the later ones over the earlier ones. Nulls were left out before."""
    merged: Tree = {}
    for tree in trees:
        merged = _over(merged, tree)
    return merged


def _over(low: Tree, high: Tree, path: Path = ()) -> Tree:
    result = dict(low)
    for key, value in high.items():
        result[key] = _one((*path, key), low[key], value) if key in low else value
    return result


def _one(path: Path, low: Plain, high: Plain) -> Plain:
    if isinstance(low, dict) and isinstance(high, dict):
        return _over(low, high, path)
    if path[-1] in UNITED or path[0] == "operators":
        below, above = listed(low), listed(high)
        return [*below, *above] if isinstance(below, list) and isinstance(above, list) else high
    return high


def present(tree: Tree) -> Tree:
    """A copy without nulls: a key with nothing behind it is not set."""
    return {
        key: present(value) if isinstance(value, dict) else value
        for key, value in tree.items()
        if value is not None
    }


def without(tree: Tree, path: Path) -> Tree:
    """A copy without what is at `path`."""
    head, rest = str(path[0]), path[1:]
    inner = tree.get(head)
    if rest and isinstance(inner, dict):
        return {**tree, head: without(inner, rest)}
    return {key: value for key, value in tree.items() if key != head}


def blame(problem: Problem, layers: Sequence[Layer]) -> Layer:
    """The layer that a problem comes from: the highest that has its path, else the lowest with the most of it."""
    candidates = [layer for layer in layers if _holds(layer, problem)] or list(layers)
    whole = [layer for layer in candidates if layer.depth(problem.path) == len(problem.path)]
    return whole[-1] if whole else max(candidates, key=lambda layer: layer.depth(problem.path))


def _holds(layer: Layer, problem: Problem) -> bool:
    """Whether the entry that the problem is about is in this layer's part of a united list."""
    if problem.item is None or layer.depth(problem.path) < len(problem.path):
        return problem.item is None
    items: Plain = listed(layer.at(problem.path))
    return isinstance(items, list) and any(str(item).strip() == problem.item for item in items)
