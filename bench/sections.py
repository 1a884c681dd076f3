"""Sections of a Markdown file that different programs write, each only its own."""

from __future__ import annotations

from pathlib import Path


def put(path: Path, name: str, body: str) -> None:
    """Replace the section `name` of the file, or append it; all else in the file stays as it is, byte for byte."""
    whole = path.read_text(encoding="utf-8") if path.exists() else ""
    draft = path.with_name(path.name + ".new")
    draft.write_text(placed(whole, name, body), encoding="utf-8")
    draft.replace(path)


def placed(whole: str, name: str, body: str) -> str:
    """`whole` with `body` between the marks of `name`, which go to the end when they are not there yet.

    Raises ValueError when a section begins and does not end.
    """
    begin, end = f"<!-- begin: {name} -->\n", f"<!-- end: {name} -->\n"
    section = f"{begin}{body.strip()}\n{end}"
    before, found, rest = whole.partition(begin)
    if not found:
        return f"{whole.rstrip()}\n\n{section}".lstrip()
    _, ended, after = rest.partition(end)
    if not ended:
        raise ValueError(f"the section {name!r} begins and does not end; put `{end.strip()}` after it")
    return before + section + after
