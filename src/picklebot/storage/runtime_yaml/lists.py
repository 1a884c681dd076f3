"""The file with an id more or less in one of its lists, and every other line byte for byte as it was. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from picklebot.forms.form import listed
from picklebot.ports.doors import ListEdit
from picklebot.storage.runtime_yaml.sheet import Sheet
from picklebot.yamltext import Document, Plain, YamlError, read
from picklebot.yamltext.document import Items, Node, Scalar, Table

_STEP: Final = "  "


def with_edits(document: Document, edits: Sequence[ListEdit]) -> Document:
    """The file after these edits. Raises YamlError where it is written in a form that cannot be edited in place."""
    for edit in edits:
        document = _edited(document, edit)
    return document


def _edited(document: Document, edit: ListEdit) -> Document:
    wanted = _wanted(_ids(document, edit.path), edit)
    if wanted == _ids(document, edit.path):
        return document
    sheet = Sheet(document)
    _write(document, sheet, edit, wanted)
    return _proved(document, sheet.render(), edit, wanted)


def _wanted(ids: list[str], edit: ListEdit) -> list[str]:
    if edit.present:
        return ids if edit.item in ids else [*ids, edit.item]
    return [each for each in ids if each != edit.item]


def _ids(document: Document, path: tuple[str, ...]) -> list[str]:
    """What the list at this path holds; one word alone, and nothing, are lists too."""
    found = document.mapping(path[:-1]).get(path[-1])
    items: Plain = listed(found) if found else []
    return [str(item).strip() for item in items] if isinstance(items, list) else []


def _write(document: Document, sheet: Sheet, edit: ListEdit, wanted: list[str]) -> None:
    depth, table, value = _reach(document, edit.path)
    match value:
        case Items(items=[*_, last]) if edit.present and sheet.text[value.start] != "[":
            indent = " " * (last.start - sheet.line_start(last.start) - 2)
            sheet.insert(sheet.line_end(last.end), f'{indent}- "{edit.item}"{sheet.newline}')
        case Items(items=[*_, last]) if edit.present:
            sheet.insert(last.end, f', "{edit.item}"')
        case Items() if sheet.text[value.start] != "[" and wanted:
            for item in value.items:
                if isinstance(item, Scalar) and item.value == edit.item:
                    sheet.replace(sheet.line_start(item.start), sheet.line_end(item.end), "")
        case Items() if sheet.text[value.start] != "[":
            # Nothing is left for the lines: the key itself says so.
            key = _key_end(document, edit.path)
            sheet.replace(key, value.end, f": {_flow(wanted)}")
        case Items():
            sheet.replace(value.start, value.end, _flow(wanted))
        case Scalar(value=str()):
            sheet.replace(value.start, value.end, _flow(wanted))
        case _:
            _grow(document, sheet, table, edit.path[depth:], wanted)


def _reach(document: Document, path: tuple[str, ...]) -> tuple[int, Table | None, Node | None]:
    """How many steps of the path are there as tables, the last of them, and the value, if it is there."""
    table = document.root
    for depth, step in enumerate(path):
        entry = table.entries.get(step) if table else None
        if entry is None or not isinstance(entry.value, Table):
            last = depth == len(path) - 1
            return depth, table, entry.value if entry and last else None
        table = entry.value
    raise document.error(f"{'.'.join(path)} must be a list of ids", path)


def _key_end(document: Document, path: tuple[str, ...]) -> int:
    table = document.table(path[:-1])
    assert table is not None
    return table.entries[path[-1]].key.end


def _grow(
    document: Document, sheet: Sheet, table: Table | None, here: tuple[str, ...], wanted: list[str]
) -> None:
    """Make the key, and what it stands under, where they are missing or hold nothing."""
    if table is None:
        sheet.insert(sheet.line_end(document.end), _block(here, wanted, "", sheet.newline))
        return
    entry, rest = table.entries.get(here[0]), here[1:]
    if entry is not None:
        text = _flow_map(rest, wanted) if table.flow or not rest else ""
        if text:
            sheet.replace(entry.key.end, max(entry.key.end, entry.value.end), f": {text}")
        else:
            sheet.replace(entry.value.start, entry.value.end, "")
            indent = " " * table.column + _STEP
            sheet.insert(sheet.line_end(entry.value.end), _block(rest, wanted, indent, sheet.newline))
        return
    if table.flow:
        last = next(reversed(table.entries.values()), None)
        at, comma = (table.start + 1, "") if last is None else (last.value.end, ", ")
        sheet.insert(at, comma + _flow_map(here, wanted)[1:-1])
    else:
        block = _block(here, wanted, " " * table.column, sheet.newline)
        sheet.insert(sheet.line_end(table.end), block)


def _block(path: tuple[str, ...], ids: list[str], indent: str, newline: str) -> str:
    heads = [f"{indent}{_STEP * depth}{name}:" for depth, name in enumerate(path)]
    heads[-1] += f" {_flow(ids)}"
    return "".join(line + newline for line in heads)


def _flow_map(path: tuple[str, ...], ids: list[str]) -> str:
    return f"{{{path[0]}: {_flow_map(path[1:], ids)}}}" if path else _flow(ids)


def _flow(ids: list[str]) -> str:
    quoted = (f'"{each}"' for each in ids)
    return f"[{', '.join(quoted)}]"


def _proved(document: Document, text: str, edit: ListEdit, wanted: list[str]) -> Document:
    """The new text, read back: nothing that reads otherwise may reach the file."""
    try:
        written = read(text, source=document.source, max_bytes=8 * len(text) + 1)
        if _ids(written, edit.path) == wanted and _others(written, edit.path) == _others(document, edit.path):
            return replace(written, bom=document.bom)
    except YamlError:
        pass
    raise document.error("this list cannot be edited in place; write it as [1, 2]", edit.path)


def _others(document: Document, path: tuple[str, ...]) -> Plain:
    """The data without that list, and without the maps that may be made for it."""
    return _without(document.data or {}, path)


def _without(data: Plain, path: tuple[str, ...]) -> Plain:
    if not path or not isinstance(data, dict):
        return data if path else None
    inner = _without(data.get(path[0]), path[1:])
    rest = {name: value for name, value in data.items() if name != path[0]}
    return rest if inner in (None, {}) else {**rest, path[0]: inner}
