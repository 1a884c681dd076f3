"""The real file: nobody's save is lost, no reader sees a part, whatever happens in between."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from picklebot.storage.runtime_yaml import exchange as exchange_module
from picklebot.storage.runtime_yaml import file as file_module
from picklebot.storage.runtime_yaml import journal
from picklebot.storage.runtime_yaml.file import Conflict, Replaced, RuntimeYamlFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.runtime.yaml"
    path.write_bytes(b"old")
    return path


def replaced(outcome: Replaced | Conflict) -> Replaced:
    assert isinstance(outcome, Replaced)
    return outcome


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


def before_the_swap(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let somebody act in the last instant before our swap, once."""
    real = exchange_module.exchange
    todo = [act]

    def meddled(one: Path, other: Path) -> None:
        if todo:
            todo.pop()()
        real(one, other)

    monkeypatch.setattr(file_module, "exchange", meddled)


def without_swap(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def refuse(one: Path, other: Path) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(file_module, "exchange", refuse)


def test_a_replaced_file_holds_the_new_content_and_leaves_nothing_behind(path: Path):
    outcome = replaced(RuntimeYamlFile(path).replace(b"old", b"new"))
    assert path.read_bytes() == b"new"
    assert outcome.recheck() is None
    outcome.release()
    assert names(path) == [path.name]


def test_a_file_that_changed_before_is_a_conflict(path: Path):
    assert RuntimeYamlFile(path).replace(b"older", b"new") == Conflict()
    path.unlink()
    assert RuntimeYamlFile(path).replace(b"old", b"new") == Conflict()
    assert names(path) == []


def test_a_missing_file_is_made_and_never_covers_one_that_came(path: Path):
    file = RuntimeYamlFile(path)
    assert file.replace(None, b"new") == Conflict()
    assert path.read_bytes() == b"old"
    path.unlink()
    assert file.look() is None
    assert file.stamp() is None
    assert replaced(file.replace(None, b"new")).recheck() is None
    assert (path.read_bytes(), names(path)) == (b"new", [path.name])


@pytest.mark.requirement("P23")
def test_a_save_by_rename_in_the_last_instant_wins(path: Path, monkeypatch: pytest.MonkeyPatch):
    def vim() -> None:
        path.with_name("4913").write_bytes(b"operator")
        path.with_name("4913").replace(path)

    before_the_swap(monkeypatch, vim)
    assert RuntimeYamlFile(path).replace(b"old", b"new") == Conflict()
    assert (path.read_bytes(), names(path)) == (b"operator", [path.name])


@pytest.mark.requirement("P23")
def test_a_save_in_place_in_the_last_instant_wins(path: Path, monkeypatch: pytest.MonkeyPatch):
    before_the_swap(monkeypatch, lambda: path.write_bytes(b"operator"))
    assert RuntimeYamlFile(path).replace(b"old", b"new") == Conflict()
    assert (path.read_bytes(), names(path)) == (b"operator", [path.name])


@pytest.mark.requirement("P23")
def test_a_second_save_while_the_first_is_put_back_wins(path: Path, monkeypatch: pytest.MonkeyPatch):
    real, saves = exchange_module.exchange, [b"second", b"first"]

    def meddled(one: Path, other: Path) -> None:
        if saves:
            path.write_bytes(saves.pop())
        real(one, other)

    monkeypatch.setattr(file_module, "exchange", meddled)
    assert RuntimeYamlFile(path).replace(b"old", b"new") == Conflict()
    assert (path.read_bytes(), names(path)) == (b"second", [path.name])


@pytest.mark.requirement("P23")
def test_what_an_editor_writes_into_the_old_file_is_seen(path: Path):
    with path.open("r+b") as editor:
        outcome = replaced(RuntimeYamlFile(path).replace(b"old", b"new"))
        editor.write(b"late words")
        editor.flush()
        assert outcome.recheck() == b"late words"
    outcome.release()
    assert outcome.recheck() is None


@pytest.mark.requirement("P23")
def test_without_a_swap_the_old_file_stays_in_sight_too(path: Path, monkeypatch: pytest.MonkeyPatch):
    without_swap(monkeypatch, errno.EINVAL)
    with path.open("r+b") as editor:
        outcome = replaced(RuntimeYamlFile(path).replace(b"old", b"new"))
        assert path.read_bytes() == b"new"
        editor.write(b"late words")
        editor.flush()
        assert outcome.recheck() == b"late words"
    outcome.release()
    assert names(path) == [path.name]


def test_links_are_followed_and_mode_and_owner_stay(tmp_path: Path):
    real, link = tmp_path / "etc" / "real.yaml", tmp_path / "config.runtime.yaml"
    real.parent.mkdir()
    real.write_bytes(b"old")
    real.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(real, 1234, 4321)
    before = real.stat()
    link.symlink_to("etc/real.yaml")
    replaced(RuntimeYamlFile(link).replace(b"old", b"new")).release()
    after = real.stat()
    assert link.is_symlink()
    assert (real.read_bytes(), names(real)) == (b"new", ["real.yaml"])
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


@pytest.mark.requirement("P22")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_failing_disk_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch, code: int):
    def fail(fd: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=os.strerror(code)):
        RuntimeYamlFile(path).replace(b"old", b"new")
    assert (path.read_bytes(), names(path)) == (b"old", [path.name])


@pytest.mark.requirement("P22")
def test_a_swap_that_fails_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch):
    without_swap(monkeypatch, errno.EIO)
    with pytest.raises(OSError, match="error"):
        RuntimeYamlFile(path).replace(b"old", b"new")
    assert (path.read_bytes(), names(path)) == (b"old", [path.name])


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mounts something on a new folder, where that is allowed."""
    folder = tmp_path / "mounted"
    folder.mkdir()

    def mounted(*arguments: str) -> Path:
        done = subprocess.run(["mount", *arguments, folder], check=False, capture_output=True)
        if done.returncode != 0:
            pytest.skip("mounting is not allowed here")
        return folder / "config.runtime.yaml"

    yield mounted
    while folder.is_mount():
        subprocess.run(["umount", folder], check=True)


@pytest.mark.requirement("P22")
@pytest.mark.skipif(shutil.which("mount") is None, reason="no mount command")
def test_a_read_only_folder_leaves_the_old_file(mount: Callable[..., Path]):
    path = mount("-t", "tmpfs", "none")
    path.write_bytes(b"old")
    mount("-o", "remount,ro")
    with pytest.raises(OSError, match="Read-only"):
        RuntimeYamlFile(path).replace(b"old", b"new")
    assert (path.read_bytes(), names(path)) == (b"old", [path.name])


@pytest.mark.requirement("P22")
@pytest.mark.skipif(shutil.which("mount") is None, reason="no mount command")
def test_a_full_disk_leaves_the_old_file(mount: Callable[..., Path]):
    path = mount("-t", "tmpfs", "-o", "size=64k", "none")
    path.write_bytes(b"old" * 10_000)
    with pytest.raises(OSError, match="No space"):
        RuntimeYamlFile(path).replace(b"old" * 10_000, b"new" * 20_000)
    assert (path.read_bytes(), names(path)) == (b"old" * 10_000, [path.name])


@pytest.fixture
def bind_mounted(path: Path) -> Iterator[Path]:
    """The file, bind-mounted over itself as a container does it."""
    mounted = subprocess.run(["mount", "--bind", path, path], check=False, capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield path
    subprocess.run(["umount", path], check=True)


@pytest.mark.skipif(shutil.which("mount") is None, reason="no mount command")
def test_a_really_bind_mounted_file_is_written_in_place(bind_mounted: Path):
    file = RuntimeYamlFile(bind_mounted)
    replaced(file.replace(b"old", b"newer"))
    assert (bind_mounted.read_bytes(), names(bind_mounted)) == (b"newer", [bind_mounted.name])
    assert file.replace(b"old", b"newest") == Conflict()


@pytest.mark.parametrize("code", [errno.EBUSY, errno.EXDEV])
def test_a_bind_mounted_file_is_written_in_place(path: Path, monkeypatch: pytest.MonkeyPatch, code: int):
    without_swap(monkeypatch, code)
    inode = path.stat().st_ino
    outcome = replaced(RuntimeYamlFile(path).replace(b"old", b"newer"))
    assert outcome.recheck() is None
    assert (path.read_bytes(), path.stat().st_ino, names(path)) == (b"newer", inode, [path.name])


def test_a_file_of_somebody_else_is_written_in_place(path: Path, monkeypatch: pytest.MonkeyPatch):
    def never(file: os.stat_result) -> bool:
        return False

    monkeypatch.setattr(file_module, "can_own", never)
    inode = path.stat().st_ino
    replaced(RuntimeYamlFile(path).replace(b"old", b"n"))
    assert (path.read_bytes(), path.stat().st_ino, names(path)) == (b"n", inode, [path.name])


@pytest.mark.requirement("P22")
@pytest.mark.parametrize(
    ("old", "new"), [(b"abcdef", b"xyz"), (b"abc", b"uvwxyz"), (b"same1tail", b"same2tail")]
)
def test_a_write_in_place_torn_anywhere_is_finished_at_the_next_look(
    path: Path, monkeypatch: pytest.MonkeyPatch, old: bytes, new: bytes
):
    hidden = path.with_name(f".{path.name}.journal")
    for cut in range(len(new) + 1):
        path.write_bytes(new[:cut] + old[cut:])
        hidden.write_bytes(journal._pack(old, new))
        torn = path.read_bytes() not in (old, new)
        sight = RuntimeYamlFile(path).look()
        assert sight is not None
        assert sight.content == (new if torn else path.read_bytes())
        assert names(path) == [path.name]


def test_a_journal_that_was_cut_off_changes_nothing(path: Path):
    hidden = path.with_name(f".{path.name}.journal")
    whole = journal._pack(b"xxx", b"yyy")
    for cut in range(len(whole)):
        hidden.write_bytes(whole[:cut])
        assert journal.repair(path, hidden) is False
        assert (path.read_bytes(), names(path)) == (b"old", [path.name])


def test_a_journal_never_covers_what_an_operator_saved_since(path: Path):
    hidden = path.with_name(f".{path.name}.journal")
    hidden.write_bytes(journal._pack(b"abc", b"xyz"))
    assert journal.repair(path, hidden) is False
    assert path.read_bytes() == b"old"


@pytest.mark.requirement("P22")
def test_a_full_disk_in_place_brings_the_old_content_back(path: Path, monkeypatch: pytest.MonkeyPatch):
    without_swap(monkeypatch, errno.EBUSY)
    real, calls = os.pwrite, [0]

    def full(fd: int, data: bytes, offset: int) -> int:
        calls[0] += 1
        if calls[0] == 4:  # the part, the journal, a piece of the file, and then nothing more
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(fd, data[:2], offset) if calls[0] == 3 else real(fd, data, offset)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="space"):
        RuntimeYamlFile(path).replace(b"old", b"newer")
    assert (path.read_bytes(), path.with_name(f".{path.name}.journal").exists()) == (b"old", False)


def test_leftovers_of_a_crash_are_cleared(path: Path):
    swap = file_module._swap_name(path, b"before", b"old")
    for content in (b"before", b"old"):
        swap.write_bytes(content)
        path.with_name(f".{path.name}.part").write_bytes(b"ha")
        RuntimeYamlFile(path).tidy()
        assert (path.read_bytes(), names(path)) == (b"old", [path.name])


@pytest.mark.requirement("P23")
def test_an_operators_save_that_a_crash_caught_is_put_back(path: Path):
    file_module._swap_name(path, b"before", b"old").write_bytes(b"operator")
    RuntimeYamlFile(path).tidy()
    assert (path.read_bytes(), names(path)) == (b"operator", [path.name])


def test_a_caught_save_that_is_older_than_the_file_is_kept_as_a_backup(path: Path):
    file_module._swap_name(path, b"before", b"between").write_bytes(b"operator")
    RuntimeYamlFile(path).tidy()
    assert path.read_bytes() == b"old"
    assert path.with_name(f"{path.name}.bak").read_bytes() == b"operator"


def test_what_is_no_file_is_an_error_and_blocks_nobody(tmp_path: Path):
    pipe = tmp_path / "config.runtime.yaml"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="not a regular file"):
        RuntimeYamlFile(pipe).look()
    pipe.unlink()
    pipe.mkdir()
    with pytest.raises(OSError, match="not a regular file"):
        RuntimeYamlFile(pipe).look()


def test_a_look_reads_at_most_one_byte_too_many(path: Path):
    path.write_bytes(b"x" * 100)
    sight = RuntimeYamlFile(path, max_bytes=10).look()
    assert sight is not None
    assert len(sight.content) == 11


def test_a_swap_needs_both_names(path: Path):
    with pytest.raises(FileNotFoundError):
        exchange_module.exchange(path, path.with_name("nobody"))


def test_a_system_without_swaps_replaces_all_the_same(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchange_module, "_renameat2", None)
    replaced(RuntimeYamlFile(path).replace(b"old", b"new")).release()
    assert (path.read_bytes(), names(path)) == (b"new", [path.name])


@pytest.mark.requirement("P23")
def test_without_a_swap_a_save_before_the_rename_wins(path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(one: Path, other: Path) -> None:
        path.write_bytes(b"operator")
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(file_module, "exchange", refuse)
    assert RuntimeYamlFile(path).replace(b"old", b"new") == Conflict()
    assert (path.read_bytes(), names(path)) == (b"operator", [path.name])


WRITER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from picklebot.storage.runtime_yaml.file import RuntimeYamlFile
    file = RuntimeYamlFile(Path(sys.argv[1]))
    content = Path(sys.argv[1]).read_bytes()
    print("ready", flush=True)
    for step in range(1_000_000):
        new = bytes([65 + step % 26]) * 20_000
        file.replace(content, new).release()
        content = new
""")


@pytest.mark.slow
@pytest.mark.requirement("P22")
def test_kill_9_in_the_middle_leaves_the_old_file_or_the_new_one(path: Path):
    path.write_bytes(b"A" * 20_000)
    for pause in (0.001, 0.004, 0.007, 0.011, 0.02, 0.033, 0.04, 0.05):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            alarm = threading.Timer(pause, os.kill, (process.pid, signal.SIGKILL))
            alarm.start()
            while process.poll() is None:
                assert _is_whole(path.read_bytes()), "a reader saw a part"
            alarm.join()
        RuntimeYamlFile(path).tidy()
        assert _is_whole(path.read_bytes())
        assert names(path) == [path.name]


def _is_whole(content: bytes) -> bool:
    return len(content) == 20_000 and len(set(content)) == 1
