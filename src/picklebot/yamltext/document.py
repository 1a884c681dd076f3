"""A parsed file: its plain data, and where in the text each part of it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from picklebot.yamltext.error import YamlError

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"
Path: TypeAlias = tuple[str | int, ...]


class Scalar(NamedTuple):
    """A text, or None for a plain null. `style` is "" for a plain scalar, else its first mark.

    Offsets here and below count characters of `Document.text`; lines are 1-based.
    """

    value: str | None
    start: int
    end: int
    line: int
    style: str


class Items(NamedTuple):
    """A list."""

    items: list[Node]
    start: int
    end: int
    line: int


class Entry(NamedTuple):
    """One key of a mapping with its value."""

    key: Scalar
    value: Node


class Table(NamedTuple):
    """A mapping. `end` is where its last value ends; in flow style, behind the closing brace.

    `column` counts from 0: where the keys of a block mapping begin.
    """

    entries: dict[str, Entry]
    start: int
    end: int
    line: int
    column: int
    flow: bool


Node: TypeAlias = Scalar | Items | Table


@dataclass(frozen=True)
class Document:
    """One YAML file. `root` is None where it holds nothing but comments.

    `text` is the file without its byte order mark (`bom` says whether it had one); `end` is the offset at
    which more may be appended to the document.
    """

    source: str
    text: str
    bom: bool
    root: Table | None
    end: int

    @cached_property
    def data(self) -> dict[str, Plain] | None:
        """The content as dicts, lists, texts and None."""
        return None if self.root is None else _plain_table(self.root)

    @property
    def newline(self) -> str:
        """The line break this file uses."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"

    def line(self, path: Path) -> int:
        """The 1-based line of the key or item at `path`; of its nearest ancestor where there is none."""
        node: Node | None = self.root
        line = 1
        for step in path:
            if isinstance(node, Table) and str(step) in node.entries:
                key, node = node.entries[str(step)]
                line = key.line
            elif isinstance(node, Items) and isinstance(step, int) and 0 <= step < len(node.items):
                node = node.items[step]
                line = node.line
            else:
                break
        return line

    def table(self, path: tuple[str, ...]) -> Table | None:
        """The mapping at `path`, or None where there is nothing. Raises YamlError for anything else."""
        node: Node | None = self.root
        for depth, step in enumerate(path):
            if not isinstance(node, Table) or step not in node.entries:
                return None
            node = node.entries[step].value
            if isinstance(node, Scalar) and node.value is None:
                return None
            if not isinstance(node, Table):
                here = path[: depth + 1]
                raise self.error(f"{'.'.join(here)} must hold keys and values", here)
        return node if isinstance(node, Table) else None

    def mapping(self, path: tuple[str, ...]) -> Mapping[str, Plain]:
        """The plain data of the mapping at `path`, empty where there is nothing. Raises YamlError else."""
        table = self.table(path)
        return {} if table is None else _plain_table(table)

    def error(self, message: str, path: Path) -> YamlError:
        """An error that names this file and the line of `path`."""
        return YamlError(message, source=self.source, line=self.line(path))


def _plain_table(table: Table) -> dict[str, Plain]:
    return {name: _plain(entry.value) for name, entry in table.entries.items()}


def _plain(node: Node) -> Plain:
    match node:
        case Scalar():
            return node.value
        case Items():
            return [_plain(item) for item in node.items]
        case Table():
            return _plain_table(node)
