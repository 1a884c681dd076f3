"""Tools for files, as models call them: whatever they are given, they answer in a sentence."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.hostile import PATHS

from picklebot.agents.file_tools import MOST_SHOWN, file_tools
from picklebot.agents.files import WrittenFiles
from picklebot.agents.tools import ToolError, known_tools, offered_tools
from picklebot.config.workspace import Workspace
from picklebot.model.enclosure import Enclosure
from picklebot.model.session import ToolKind
from picklebot.storage.results import ResultLimits, ResultsFolder

pytestmark = pytest.mark.requirement("S3.3")


@pytest.fixture
def folder(tmp_path: Path) -> ResultsFolder:
    return ResultsFolder(Workspace(tmp_path).results, ResultLimits(file=200_000))


@pytest.fixture
def files(folder: ResultsFolder) -> WrittenFiles:
    return WrittenFiles(folder, "s1")


@pytest.fixture
def call(files: WrittenFiles) -> dict[str, Callable[..., Awaitable[str]]]:
    """Each tool's function by its name."""
    return {tool.name: tool.function for tool in file_tools(files)}


def test_agents_may_list_them_and_repeat_them(files: WrittenFiles) -> None:
    tools = file_tools(files)
    assert {tool.name for tool in tools} <= known_tools()
    assert all(tool.repeatable for tool in tools)
    looking = offered_tools(tools, known_tools(), {ToolKind.LOOK})
    assert [tool.name for tool in looking if tool.name == "write_file"] == []


async def test_a_file_is_written_listed_and_read(call, files: WrittenFiles) -> None:
    assert await call["list_files"]() == "There are no files yet."
    told = await call["write_file"]("notes/u\u0308.md", "grüße \ud800")
    assert told.startswith("Wrote notes/ü.md (9 bytes)")
    assert await call["list_files"]() == "notes/ü.md (9 bytes)"
    assert await call["read_file"]("notes/ü.md") == "grüße ?"
    assert files.written == (Enclosure("notes/ü.md", 9),)


async def test_each_file_goes_along_once_in_its_last_state(call, files: WrittenFiles) -> None:
    for path, content in (("a", "1"), ("b", "22"), ("a", "333")):
        await call["write_file"](path, content)
    assert files.written == (Enclosure("a", 3), Enclosure("b", 2))


async def test_what_an_earlier_turn_wrote_is_read_and_not_sent_again(call, folder: ResultsFolder) -> None:
    await call["write_file"]("a", "kept")
    later = WrittenFiles(folder, "s1")
    tools = {tool.name: tool.function for tool in file_tools(later)}
    assert await tools["read_file"]("a") == "kept"
    assert later.written == ()
    elsewhere = {tool.name: tool.function for tool in file_tools(WrittenFiles(folder, "s2"))}
    assert await elsewhere["list_files"]() == "There are no files yet."


async def test_bytes_come_in_base64(call, files: WrittenFiles) -> None:
    await call["write_file"]("a.png", base64.encodebytes(b"\x89PNG" * 30).decode(), is_base64=True)
    assert await files.read("a.png") == b"\x89PNG" * 30
    with pytest.raises(ToolError, match="not base64"):
        await call["write_file"]("b.png", "höh", is_base64=True)
    with pytest.raises(ToolError, match="no text"):
        await call["read_file"]("a.png")


async def test_a_long_file_is_read_piece_by_piece(call) -> None:
    await call["write_file"]("long", "x" * MOST_SHOWN + "the end")
    assert (await call["read_file"]("long")).endswith(f"[It goes on; read on with start={MOST_SHOWN}.]")
    assert await call["read_file"]("long", MOST_SHOWN) == "the end"
    assert await call["read_file"]("long", -5) == await call["read_file"]("long")
    assert await call["read_file"]("long", 10**9) == ""


@pytest.mark.requirement("P29")
@pytest.mark.parametrize("path", PATHS)
async def test_a_hostile_name_is_answered_in_a_sentence(call, files: WrittenFiles, path: str) -> None:
    for name, given in (("write_file", (path, "x")), ("read_file", (path,))):
        with pytest.raises(ToolError, match="cannot name a file") as caught:
            await call[name](*given)
        said = str(caught.value)
        assert len(said) < 250
        assert said.isprintable()
    assert await files.files() == []


async def test_what_cannot_be_is_answered_in_a_sentence(call) -> None:
    with pytest.raises(ToolError, match=r'no file "gone\.md"; list_files'):
        await call["read_file"]("gone.md")
    with pytest.raises(ToolError, match="A file may have 195 kB; this one has 244 kB"):
        await call["write_file"]("a", "x" * 250_000)
