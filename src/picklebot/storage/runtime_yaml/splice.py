"""The file with other bindings in it, and every line that is not concerned byte for byte as it was.

A round trip through a YAML emitter would reformat the operator's file and take half a minute at 100,000
bindings. This cuts the old text at the places that the parser reported and puts the new pieces there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from picklebot.ports.ledger import Bindings
from picklebot.storage.runtime_yaml.sheet import Sheet
from picklebot.storage.runtime_yaml.view import REVISION_LINE, parse_view, session_tables
from picklebot.yamltext import Document, Plain, YamlError, read
from picklebot.yamltext.document import Entry, Scalar, Table

Tree: TypeAlias = "Mapping[str, Tree | str]"

HEADER: Final = """\
# picklebot revision 0
# Who goes on in which session. You may edit this file at any time, with any editor, while picklebot runs:
# change an id and the next message uses it; remove a line and the next message begins a new session.
# Leave the first line as it is: it tells which speakers your editor has seen.
"""

_STEP: Final = "  "
_PLAIN_ID: Final = re.compile(r"(?!(?:null|Null|NULL)\Z)[A-Za-z0-9_][A-Za-z0-9_-]*")


def splice(document: Document, bindings: Bindings, revision: int) -> bytes:
    """The file of `document` with exactly these bindings, and this revision in its first line.

    Comments, order, unknown keys, quotes, flow style, line breaks, byte order mark and a missing last line
    break stay. Linear in the size of the file. The result has been read back and is right; raises YamlError
    where the file is written in a form that cannot be edited in place.
    """
    return encode(rewrite(document, bindings, revision))


def rewrite(document: Document, bindings: Bindings, revision: int) -> Document:
    """The same as `splice`, parsed."""
    sheet = Sheet(document)
    _stamp(sheet, revision)
    tree = _tree(document, bindings)
    if document.root is not None:
        _Splicer(document, sheet).grow(document.root, tree)
    else:
        sheet.insert(sheet.line_end(document.end), _block(tree, "", sheet.newline))
    text = sheet.render()
    return replace(_prove(document, text, bindings), bom=document.bom)


def encode(document: Document) -> bytes:
    """The bytes of this file."""
    return (("\ufeff" if document.bom else "") + document.text).encode()


def revision_line(revision: int) -> str:
    """The first line of every file that the service writes."""
    return f"# picklebot revision {revision}"


def entry_line(key: str, session_id: str) -> str:
    """One binding, as the service writes it."""
    return f'"{key}": {_id(session_id)}'


def fresh(bindings: Bindings, revision: int) -> bytes:
    """A new file with these bindings, under a comment that explains it."""
    return splice(blank(), bindings, revision)


def blank() -> Document:
    """A file without bindings, with a comment that explains it."""
    return read(f"{HEADER}messagebus:\n", source="config.runtime.yaml")


def _stamp(sheet: Sheet, revision: int) -> None:
    line = revision_line(revision)
    found = REVISION_LINE.match(sheet.text)
    if found:
        sheet.replace(*found.span(), line)
    else:
        sheet.insert(0, line + sheet.newline)


def _tree(document: Document, bindings: Bindings) -> Tree:
    """What has to stand in the file; a platform of the file that has no binding any more gets an empty map."""
    platforms: dict[str, dict[str, str]] = {name: {} for name, _ in session_tables(document)}
    for (platform, key), session_id in bindings.items():
        platforms.setdefault(platform, {})[key] = session_id
    return {"messagebus": {name: {"sessions": ids} for name, ids in platforms.items()}} if platforms else {}


class _Splicer:
    """Walks down to the sessions, making what is missing."""

    def __init__(self, document: Document, sheet: Sheet) -> None:
        self._document = document
        self._sheet = sheet

    def grow(self, table: Table, tree: Tree) -> None:
        """Make `table` hold what `tree` says beside what it holds."""
        missing: dict[str, Tree | str] = {}
        for name, branch in tree.items():
            entry = table.entries.get(name)
            if entry is None:
                missing[name] = branch
            elif not isinstance(branch, str):
                self._descend(table, entry, branch)
            elif isinstance(entry.value, Scalar) and entry.value.value != branch:
                self._rewrite_id(entry.value, branch)
        if missing:
            self._append(table, list(table.entries.values()), missing)

    def _descend(self, table: Table, entry: Entry, branch: Tree) -> None:
        name, value = entry.key.value, entry.value
        if isinstance(value, Table):
            if name == "sessions":
                self._edit_sessions(value, branch)
            else:
                self.grow(value, branch)
        elif isinstance(value, Scalar) and value.value is None:
            self._fill(table, entry, branch)
        else:
            message = f"{name} must hold keys and values"
            raise YamlError(message, source=self._document.source, line=entry.key.line)

    def _edit_sessions(self, table: Table, ids: Tree) -> None:
        kept = [entry for name, entry in table.entries.items() if name in ids]
        gone = len(table.entries) - len(kept)
        if gone and not self._removable(table, ids, kept):
            self._sheet.replace(table.start, table.end, _flow(ids) + self._break_at(table.end))
            return
        if gone:
            self._remove(table, ids)
        added = {name: session_id for name, session_id in ids.items() if name not in table.entries}
        self.grow(table, {name: session_id for name, session_id in ids.items() if name in table.entries})
        if added:
            self._append(table, kept, added)

    def _removable(self, table: Table, ids: Tree, kept: Sequence[Entry]) -> bool:
        """Whether entries can be taken out one by one: in block style, each begins its own line."""
        if table.flow:
            return bool(kept)
        return all(self._lead(entry) in {"", "?"} for name, entry in table.entries.items() if name not in ids)

    def _lead(self, entry: Entry) -> str:
        start = entry.key.start
        return self._sheet.text[self._sheet.line_start(start) : start].strip()

    def _remove(self, table: Table, ids: Tree) -> None:
        entries = list(table.entries.items())
        last_kept = max((place for place, (name, _) in enumerate(entries) if name in ids), default=-1)
        for place, (name, entry) in enumerate(entries):
            if name in ids:
                continue
            if not table.flow:
                start, end = self._sheet.line_start(entry.key.start), self._sheet.line_end(entry.value.end)
            elif place < last_kept:
                start, end = entry.key.start, entries[place + 1][1].key.start
            else:
                start, end = entries[place - 1][1].value.end, entry.value.end
            self._sheet.replace(start, end, "")

    def _rewrite_id(self, scalar: Scalar, session_id: str) -> None:
        quoted = (
            f"{scalar.style}{session_id}{scalar.style}" if scalar.style in {"'", '"'} else _id(session_id)
        )
        self._sheet.replace(scalar.start, scalar.end, quoted + self._break_at(scalar.end))

    def _break_at(self, end: int) -> str:
        """The line break that a block scalar ending at `end` has swallowed."""
        return self._sheet.newline if self._sheet.text[end - 1] == "\n" else ""

    def _fill(self, table: Table, entry: Entry, branch: Tree) -> None:
        """Give a value to a key that has none."""
        if not branch:
            return
        start, end = entry.value.start, entry.value.end
        if table.flow:
            self._sheet.replace(entry.key.end, max(entry.key.end, end), f": {_flow(branch)}")
            return
        self._sheet.replace(start, end, "")
        block = _block(branch, " " * table.column + _STEP, self._sheet.newline)
        self._sheet.insert(self._sheet.line_end(end), block)

    def _append(self, table: Table, kept: Sequence[Entry], tree: Tree) -> None:
        """Add entries at the end of the table, in its style."""
        if not table.flow:
            block = _block(tree, " " * table.column, self._sheet.newline)
            self._sheet.insert(self._sheet.line_end(table.end), block)
        elif kept:
            self._sheet.insert(kept[-1].value.end, ", " + _flow(tree)[1:-1])
        else:
            self._sheet.insert(table.start + 1, _flow(tree)[1:-1])


def _block(tree: Tree, indent: str, newline: str) -> str:
    return "".join(indent + line + newline for line in _lines(tree))


def _lines(tree: Tree) -> Iterator[str]:
    for name, branch in tree.items():
        if isinstance(branch, str):
            yield entry_line(name, branch)
        else:
            yield f"{name}:"
            yield from (_STEP + line for line in _lines(branch))


def _flow(tree: Tree) -> str:
    pairs = (
        entry_line(name, branch) if isinstance(branch, str) else f"{name}: {_flow(branch)}"
        for name, branch in tree.items()
    )
    return "{" + ", ".join(pairs) + "}"


def _id(session_id: str) -> str:
    return session_id if _PLAIN_ID.fullmatch(session_id) else f'"{session_id}"'


def _prove(document: Document, text: str, bindings: Bindings) -> Document:
    """The new text, read back; nothing that reads otherwise may reach the file."""
    message = "the sessions here are written in a form that cannot be edited in place; use one line for each"
    try:
        written = read(text, source=document.source, max_bytes=8 * len(text) + 1)
        if parse_view(written).bindings == bindings and _others(written) == _others(document):
            return written
    except YamlError:
        pass
    raise document.error(message, ("messagebus",))


def _others(document: Document) -> dict[str, Plain]:
    """The data without sessions, and without the maps that may be made for them."""
    data = dict(document.data or {})
    messagebus = data.pop("messagebus", None)
    if isinstance(messagebus, dict):
        platforms = {name: _settings(value) for name, value in messagebus.items()}
        data["messagebus"] = {name: value for name, value in platforms.items() if value not in (None, {})}
    return {name: value for name, value in data.items() if name != "messagebus" or value}


def _settings(platform: Plain) -> Plain:
    if not isinstance(platform, dict):
        return platform
    return {name: value for name, value in platform.items() if name != "sessions"}
