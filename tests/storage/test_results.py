"""Files that agents write: whole or not at all, within their bounds, and never outside of their folder."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.hostile import GOOD, IDS, PATHS

from picklebot.config.workspace import Workspace
from picklebot.errors import ResultError
from picklebot.storage import results
from picklebot.storage.results import ResultLimits, ResultsFolder

SECRET = b"outside"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with something beside its results."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(SECRET)
    return Workspace(tmp_path)


@pytest.fixture
def folder(workspace: Workspace) -> ResultsFolder:
    return ResultsFolder(workspace.results, ResultLimits(file=100, session=150, files=3))


async def content(folder: ResultsFolder, path: str, session_id: str = "s1") -> bytes | None:
    file = await folder.open(session_id, path)
    if file is None:
        return None
    with file.content:
        data = file.content.read()
    assert len(data) == file.size
    return data


def everything(root: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(it.relative_to(root)): it.read_bytes() for it in root.rglob("*") if it.is_file()}


@pytest.mark.requirement("S3.3")
async def test_what_is_written_is_listed_and_read(folder: ResultsFolder, workspace: Workspace) -> None:
    assert await folder.files("s1") == []
    await folder.write("s1", "notes/plan.md", b"# Dill")
    await folder.write("s1", "a.bin", b"")
    await folder.write("s2", "other.txt", b"not yours")
    listed = await folder.files("s1")
    assert [(it.path, it.size, it.media_type) for it in listed] == [
        ("a.bin", 0, "application/octet-stream"),
        ("notes/plan.md", 6, "text/markdown"),
    ]
    assert abs(listed[0].modified.timestamp() - time.time()) < 60
    assert await content(folder, "notes/plan.md") == b"# Dill"
    assert await content(folder, "other.txt") is None
    assert (workspace.data / "results" / "s1" / "notes" / "plan.md").read_bytes() == b"# Dill"


async def test_a_later_file_takes_the_place_of_an_earlier_one_and_whoever_reads_that_goes_on(
    folder: ResultsFolder,
) -> None:
    await folder.write("s1", "a", b"one")
    file = await folder.open("s1", "a")
    assert file is not None
    await folder.write("s1", "a", b"two and more")
    with file.content:
        assert file.content.read() == b"one"
    assert await content(folder, "a") == b"two and more"


@pytest.mark.requirement("P29")
async def test_names_of_all_kinds_are_kept(workspace: Workspace) -> None:
    folder = ResultsFolder(workspace.results)
    for name in GOOD:
        if name != "a":  # as a file and as a folder
            await folder.write("s1", name, name.encode())
    assert {it.path for it in await folder.files("s1")} == {*GOOD} - {"a"}
    for name in GOOD[1:]:
        assert await content(folder, name) == name.encode()


@pytest.mark.requirement("P29")
async def test_a_hostile_name_or_id_reaches_nothing(folder: ResultsFolder, workspace: Workspace) -> None:
    before = everything(workspace.root)
    for path in PATHS:
        assert await folder.open("s1", path) is None
        with pytest.raises(ValueError, match="names no file"):
            await folder.write("s1", path, b"x")
    for session_id in IDS:
        calls: list[Callable[[], Any]] = [
            lambda it=session_id: folder.write(it, "a", b"x"),
            lambda it=session_id: folder.open(it, "a"),
            lambda it=session_id: folder.files(it),
            lambda it=session_id: folder.remove(it),
        ]
        for call in calls:
            with pytest.raises(ValueError, match="is not a session id"):
                await call()
    assert everything(workspace.root) == before


@pytest.mark.requirement("P29")
async def test_no_link_leads_out(folder: ResultsFolder, workspace: Workspace) -> None:
    own, outside = workspace.results("s1"), workspace.root / "outside"
    own.mkdir(parents=True)
    (own / "link").symlink_to(outside / "secret")
    (own / "way").symlink_to(outside)
    workspace.results("s2").symlink_to(outside)
    assert await folder.open("s1", "link") is None
    assert await folder.open("s1", "way/secret") is None
    assert await folder.open("s2", "secret") is None
    assert await folder.files("s1") == await folder.files("s2") == []
    for session_id, path in (("s1", "way/new"), ("s2", "new")):
        with pytest.raises(ResultError, match="a folder or a link already"):
            await folder.write(session_id, path, b"x")
    await folder.write("s1", "link", b"its own")
    assert await content(folder, "link") == b"its own"
    for session_id in ("s1", "s2", "s3"):
        await folder.remove(session_id)
    assert list((workspace.data / "results").iterdir()) == []
    assert everything(workspace.root) == {"outside/secret": SECRET}


async def test_what_is_no_file_is_none(folder: ResultsFolder, workspace: Workspace) -> None:
    own = workspace.results("s1")
    (own / "folder").mkdir(parents=True)
    os.mkfifo(own / "pipe")
    for path in ("folder", "pipe", "folder/none", "pipe/none"):
        assert await folder.open("s1", path) is None
    assert await folder.files("s1") == []
    for path in ("folder", "pipe/none"):
        with pytest.raises(ResultError, match="a folder or a link already"):
            await folder.write("s1", path, b"x")


async def test_bounds_are_kept_and_told(folder: ResultsFolder) -> None:
    with pytest.raises(ResultError, match="A file may have 100 bytes; this one has 101 bytes"):
        await folder.write("s1", "a", b"x" * 101)
    await folder.write("s1", "a", b"x" * 100)
    with pytest.raises(ResultError, match="All files together may have 150 bytes"):
        await folder.write("s1", "b", b"x" * 51)
    await folder.write("s1", "b", b"x" * 50)
    await folder.write("s1", "a", b"y" * 10)
    await folder.write("s1", "c/d", b"z")
    with pytest.raises(ResultError, match="There are 3 files already"):
        await folder.write("s1", "e", b"")
    await folder.write("s1", "c/d", b"zz")
    assert [it.size for it in await folder.files("s1")] == [10, 50, 2]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EDQUOT, "The disk is full"),
        (errno.EIO, "could not be written"),
    ],
)
@pytest.mark.parametrize("call", ["fsync", "replace"])
async def test_a_disk_that_fails_leaves_what_was_there(  # noqa: PLR0917 - fixtures and cases
    folder: ResultsFolder,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    told: str,
    call: str,
) -> None:
    await folder.write("s1", "a", b"before")

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(code, os.strerror(code), "/a/path/of/ours")

    with monkeypatch.context() as patched:
        patched.setattr(results.os, call, fail)
        with pytest.raises(ResultError, match=told) as caught:
            await folder.write("s1", "a", b"after")
    assert "/a/path" not in str(caught.value)
    assert everything(workspace.data) == {"results/s1/a": b"before"}


async def test_what_a_process_left_half_written_is_no_file_and_goes(
    folder: ResultsFolder, workspace: Workspace
) -> None:
    await folder.write("s1", "a", b"x")
    own = workspace.results("s1")
    for name in (".1.part", ".2.part"):
        (own / name).write_bytes(b"half")
    os.utime(own / ".1.part", (1.0, 1.0))
    assert [it.path for it in await folder.files("s1")] == ["a"]
    assert {it.name for it in own.iterdir()} == {"a", ".2.part"}
