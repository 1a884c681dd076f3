"""Real editors, real mounts and a real database: whoever saves, and however, is heard."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import anyio
import pytest
from anyio.to_thread import run_sync
from structlog.testing import capture_logs
from tests.figures import Figure
from tests.sizes import sized
from tests.storage.runtime_yaml.operator import SAVES, Place, T, save_by_rename

from picklebot.ports.storage import Binding, Origin, Transaction
from picklebot.storage.database import Database
from picklebot.storage.runtime_yaml import Pace

B = {(T, "1"): "a", (T, "2"): "b"}
MANY = sized(100_000, 10_000)
PATIENCE = 600.0
"""Seconds for a look at very many sessions to find what it waits for: each look reads the whole file."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(f"sqlite:///{tmp_path}/data/picklebot.db") as database:
        yield database


@pytest.fixture
async def place(tmp_path: Path, database: Database) -> Place:
    place = Place(tmp_path / "config.runtime.yaml", database)
    for (_, key), session_id in B.items():
        await place.speak(key, session_id)
    return place


def text(revision: int, **ids: str) -> str:
    lines = "".join(f'      "{key[1:]}": {session_id}\n' for key, session_id in ids.items())
    return f"# picklebot revision {revision}\n# mine\nmessagebus:\n  telegram:\n    sessions:\n{lines}"


def with_vim(path: Path) -> None:
    command = ["vim", "-u", "NONE", "-i", "NONE", "-n", "-es", "+%s/: a$/: changed/", "+wq", path]
    subprocess.run(command, check=True, timeout=20, env={**os.environ, "TERM": "dumb"})


def with_vim_that_makes_backups(path: Path) -> None:
    settings = "+set backup writebackup backupcopy=no backupdir=. swapfile directory=."
    command = ["vim", "-u", "NONE", "-i", "NONE", "-es", settings, "+%s/: a$/: changed/", "+wq", path]
    subprocess.run(command, check=True, timeout=20, cwd=path.parent, env={**os.environ, "TERM": "dumb"})


def with_sed(path: Path) -> None:
    subprocess.run(["sed", "-i", "s/: a$/: changed/", path], check=True)


def with_a_redirection(path: Path) -> None:
    subprocess.run(
        ["sh", "-c", f"sed 's/: a$/: changed/' {path} > n && cat n > {path}"], check=True, cwd=path.parent
    )


def with_cp(path: Path) -> None:
    mine = path.with_name("mine")
    mine.write_text(path.read_text().replace(": a\n", ": changed\n"))
    subprocess.run(["cp", mine, path], check=True)


EDITORS = {
    "vim": with_vim,
    "vim with backups": with_vim_that_makes_backups,
    "sed": with_sed,
    "sh": with_a_redirection,
    "cp": with_cp,
}


@pytest.mark.requirement("P23")
@pytest.mark.requirement("B2")
@pytest.mark.parametrize("editor", EDITORS)
async def test_an_edit_with_a_real_editor_counts_while_others_speak(place: Place, editor: str) -> None:
    if editor != "sh" and shutil.which(editor.split(maxsplit=1)[0]) is None:
        pytest.skip(f"no {editor} here")
    async with place.running():
        await place.until(B)
        await place.speak("3", "c")
        await run_sync(EDITORS[editor], place.path)
        await place.speak("4", "d")
        await place.until({**B, (T, "1"): "changed", (T, "3"): "c", (T, "4"): "d"})
        assert place.sync.trouble is None


@pytest.mark.requirement("P23")
async def test_a_half_saved_file_waits_for_its_other_half(place: Place) -> None:
    whole = text(2, k1="changed", k2="b", k3="new")
    async with place.running():
        await place.until(B)
        for cut in (0, 30, len(whole) - 20, len(whole) - 5):
            with place.path.open("w") as file:
                file.write(whole[:cut])
                file.flush()
                await anyio.sleep(3 * place.pace.poll)  # longer than two looks take
                assert dict(await place.bindings()) == B
                file.write(whole[cut:])
            await place.until({(T, "1"): "changed", (T, "2"): "b", (T, "3"): "new"})
            save_by_rename(place.path, text((await place.ledger.state()).revision, k1="a", k2="b"))
            await place.until(B)


@pytest.mark.requirement("P23")
async def test_edits_made_while_the_service_was_down(place: Place) -> None:
    async with place.running():
        await place.until(B)
    await place.speak("3", "unseen")  # committed, and not in the file any more when the process died
    save_by_rename(place.path, text(2, k1="changed"))
    place.again()
    async with place.running():
        await place.until({(T, "1"): "changed", (T, "3"): "unseen"})


@pytest.mark.requirement("P23")
@pytest.mark.parametrize("save", SAVES)
async def test_the_operator_wins_a_conflict_and_it_is_logged(
    place: Place, save: Callable[[Path, str], None]
) -> None:
    async with place.running():
        await place.until(B)
        await place.speak("1", "by-the-service")
        await place.until({**B, (T, "1"): "by-the-service"})
        with capture_logs() as logs:
            save(place.path, text(2, k1="by-the-operator", k2="b"))
            await place.until({**B, (T, "1"): "by-the-operator"})
    conflicts = [entry for entry in logs if entry["event"] == "an operator's edit came before our own change"]
    assert [(entry["platform"], entry["key"]) for entry in conflicts] == [(T, "1")]


@pytest.mark.requirement("P23")
async def test_a_mass_removal_leaves_a_backup(place: Place) -> None:
    everybody = {(T, str(number)): f"s{number}" for number in range(20)}
    for (_, key), session_id in everybody.items():
        await place.speak(key, session_id)
    async with place.running():
        await place.until(everybody)
        before = place.path.read_bytes()
        save_by_rename(place.path, text(22, k1="s1"))
        await place.until({(T, "1"): "s1"})
    assert place.path.with_name("config.runtime.yaml.bak").read_bytes() == before


async def test_a_link_stays_a_link(place: Place, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    place.path.symlink_to("etc/real.yaml")
    async with place.running():
        await place.until(B)
        save_by_rename(tmp_path / "etc" / "real.yaml", text(2, k1="changed", k2="b"))
        await place.speak("3", "c")
        await place.until({**B, (T, "1"): "changed", (T, "3"): "c"})
    assert place.path.is_symlink()
    assert "# mine" in (tmp_path / "etc" / "real.yaml").read_text()


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Mounts, where that is allowed, and takes it away again."""
    mounted: list[str] = []

    def act(*arguments: str | Path) -> None:
        if subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode:
            pytest.skip("mounting is not allowed here")
        mounted.append(str(arguments[-1]))

    yield act
    for point in reversed(dict.fromkeys(mounted)):
        subprocess.run(["umount", "--lazy", point], check=False)


async def test_a_bind_mounted_file_is_followed_both_ways(place: Place, mount: Callable[..., None]) -> None:
    place.path.write_text(text(0))
    inode = place.path.stat().st_ino
    mount("--bind", place.path, place.path)
    async with place.running():
        await place.until(B)
        place.path.write_text(place.path.read_text().replace(": a\n", ": changed\n"))
        await place.speak("3", "c")
        await place.until({**B, (T, "1"): "changed", (T, "3"): "c"})
    assert place.path.stat().st_ino == inode
    assert "# mine" in place.path.read_text()


@pytest.mark.requirement("P22")
async def test_a_read_only_place_is_told_and_heals(place: Place, mount: Callable[..., None]) -> None:
    folder = place.path.parent / "mounted"
    folder.mkdir()
    mount("-t", "tmpfs", "none", folder)
    place.path = folder / "config.runtime.yaml"
    place.again()
    async with place.running():
        await place.until(B)
        before = place.path.read_bytes()
        mount("-o", "remount,ro", folder)
        await place.speak("3", "c")
        await trouble(place, "Read-only file system")
        assert place.path.read_bytes() == before
        mount("-o", "remount,rw", folder)
        await place.until({**B, (T, "3"): "c"})
        await trouble(place, None)


@pytest.mark.requirement("P22")
async def test_a_full_disk_is_told_and_heals(place: Place, mount: Callable[..., None]) -> None:
    folder = place.path.parent / "mounted"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=64k", "none", folder)
    place.path = folder / "config.runtime.yaml"
    place.again()
    async with place.running():
        await place.until(B)
        await anyio.sleep(2 * place.pace.late)  # until the file we replaced is let go
        before = place.path.read_bytes()
        with pytest.raises(OSError, match="No space"):
            (folder / "filler").write_bytes(b"x" * 65_536)
        await place.speak("3", "c")
        await trouble(place, "No space left")
        assert place.path.read_bytes() == before
        (folder / "filler").unlink()
        await place.until({**B, (T, "3"): "c"})
        await trouble(place, None)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.requirement("P23")
async def test_an_edit_among_very_many_sessions_is_live_within_ten_seconds(
    tmp_path: Path, database: Database, figure: Figure
) -> None:
    place = Place(tmp_path / "config.runtime.yaml", database, Pace())
    everybody = {(T, str(10**8 + number)): f"0d1f6c0e-{number:06d}" for number in range(MANY)}

    def bind(tx: Transaction, first: int) -> None:
        for key in list(everybody)[first : first + 5_000]:
            place.store.put(tx, *key, Binding(everybody[key], Origin.SERVICE))

    for first in range(0, MANY, 5_000):
        await database.write(partial(bind, first=first))
    async with place.running():
        await place.until(everybody, seconds=PATIENCE)
        with_sed_at = next(iter(everybody))
        with anyio.fail_after(30):
            command = ["sed", "-i", f's/"{with_sed_at[1]}": .*/"{with_sed_at[1]}": changed/', place.path]
            await anyio.run_process([str(part) for part in command])
            began = anyio.current_time()
            while (await place.bindings())[with_sed_at] != "changed":  # noqa: ASYNC110 - nothing tells
                await anyio.sleep(0.25)
        live = anyio.current_time() - began
        figure("P23", f"an edit among {MANY:,} sessions", f"live after {live:.1f} s")
        assert live < 10
        await place.speak("5", "new")
        await place.until({**everybody, with_sed_at: "changed", (T, "5"): "new"}, seconds=PATIENCE)


async def trouble(place: Place, expected: str | None) -> None:
    """Wait until this is the trouble, or until there is none."""

    def is_so() -> bool:
        found = place.sync.trouble
        return found is None if expected is None else expected in (found or "")

    with anyio.fail_after(10):
        while not is_so():  # noqa: ASYNC110 - nothing tells
            await anyio.sleep(0.01)
