"""The tools by which an agent writes files, and goes on with those that it wrote."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from picklebot.agents.tools import LIST_FILES, READ_FILE, WRITE_FILE, Tool, ToolError
from picklebot.errors import ResultError
from picklebot.model.attachments import size
from picklebot.model.session import ToolKind
from picklebot.ports.results import TurnFiles

MOST_SHOWN: Final = 50_000
"""Characters of a file that a model is shown at once."""
MOST_NAMED: Final = 200
"""Files that a model is told of at once."""


def file_tools(files: TurnFiles) -> tuple[Tool, ...]:
    """The tools for the files of one turn's session."""
    return (_write_file(files), _list_files(files), _read_file(files))


def _write_file(files: TurnFiles) -> Tool:
    async def write_file(path: str, content: str, is_base64: bool = False) -> str:
        data = _decoded(content) if is_base64 else content.encode("utf-8", "replace")
        try:
            kept = await files.write(path, data)
        except ResultError as error:
            raise ToolError(str(error)) from None
        return f"Wrote {kept} ({size(len(data))}). It is sent to the person after your answer."

    return Tool(
        name=WRITE_FILE,
        kind=ToolKind.ACT,
        label="writing a file",
        description="Write a file, in the place of one of that path. The person gets it after your answer, so do not "
        "repeat what is in it. `path` is relative, such as report.md or data/prices.csv. `content` is the whole "
        "text, or with is_base64 the bytes of the file in base64.",
        function=write_file,
        idempotent=True,
    )


def _list_files(files: TurnFiles) -> Tool:
    async def list_files() -> str:
        there = await files.files()
        lines = [f"{file.path} ({size(file.size)})" for file in there[:MOST_NAMED]]
        if len(there) > MOST_NAMED:
            lines.append(f"… and {len(there) - MOST_NAMED} more")
        return "\n".join(lines) or "There are no files yet."

    return Tool(
        name=LIST_FILES,
        kind=ToolKind.LOOK,
        label="looking at its files",
        description="The files that you wrote in this conversation.",
        function=list_files,
    )


def _read_file(files: TurnFiles) -> Tool:
    async def read_file(path: str, start: int = 0) -> str:
        try:
            text = (await files.read(path)).decode("utf-8")
        except ResultError as error:
            raise ToolError(str(error)) from None
        except UnicodeDecodeError:
            raise ToolError("The file is no text.") from None
        start = max(0, start)
        end = start + MOST_SHOWN
        more = f"\n\n[It goes on; read on with start={end}.]" if end < len(text) else ""
        return text[start:end] + more

    return Tool(
        name=READ_FILE,
        kind=ToolKind.LOOK,
        label="reading a file",
        description="The text of a file that you wrote in this conversation, from character `start` on.",
        function=read_file,
    )


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ToolError("The content is not base64.") from None
