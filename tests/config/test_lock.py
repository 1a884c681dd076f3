"""One owner per workspace, whatever becomes of the owner."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from picklebot.config.lock import Owner, WorkspaceLock, owner
from picklebot.config.workspace import Workspace
from picklebot.errors import ConfigError, StorageError, WorkspaceBusyError

HOLD = """
import sys
from pathlib import Path
from picklebot.config.lock import WorkspaceLock
from picklebot.config.workspace import Workspace
lock = WorkspaceLock(Workspace(Path(sys.argv[1])))
lock.acquire()
lock.publish("http://127.0.0.1:8080/a-rather-long-address")
print("held", flush=True)
sys.stdin.read()
"""


def test_an_owner_is_known_while_it_holds_the_lock(workspace: Workspace) -> None:
    assert owner(workspace) is None
    with WorkspaceLock(workspace) as lock:
        assert owner(workspace) == Owner(os.getpid(), None)
        lock.publish(None)
        assert owner(workspace) == Owner(os.getpid(), None, ready=True)
        lock.publish("http://127.0.0.1:8080")
        assert owner(workspace) == Owner(os.getpid(), "http://127.0.0.1:8080", ready=True)
    lock.release()
    assert owner(workspace) is None


def test_a_second_owner_is_refused_and_told_the_pid(workspace: Workspace) -> None:
    with (
        WorkspaceLock(workspace),
        pytest.raises(WorkspaceBusyError, match=f"process {os.getpid()}") as caught,
    ):
        WorkspaceLock(workspace).acquire()
    assert caught.value.exit_code == 1
    WorkspaceLock(workspace).acquire()


def test_a_killed_owner_leaves_the_workspace_free(workspace: Workspace) -> None:
    command = [sys.executable, "-c", HOLD, str(workspace.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert owner(workspace) == Owner(
            process.pid, "http://127.0.0.1:8080/a-rather-long-address", ready=True
        )
        with pytest.raises(WorkspaceBusyError, match=f"process {process.pid}"):
            WorkspaceLock(workspace).acquire()
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert owner(workspace) is None
    with WorkspaceLock(workspace):
        assert owner(workspace) == Owner(os.getpid(), None)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1', "\x00"])
def test_an_unreadable_lock_file_still_means_what_the_lock_means(workspace: Workspace, content: str) -> None:
    with WorkspaceLock(workspace):
        workspace.lock.write_text(content)
        assert owner(workspace) == Owner(None, None)
        with pytest.raises(WorkspaceBusyError, match="another process"):
            WorkspaceLock(workspace).acquire()


def test_a_folder_that_cannot_hold_data_is_named(workspace: Workspace) -> None:
    workspace.data.write_text("in the way")
    with pytest.raises(StorageError, match="data cannot be used"):
        WorkspaceLock(workspace).acquire()
    with pytest.raises(StorageError, match="data cannot be used"):
        owner(workspace)


def test_the_workspace_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    assert Workspace.find(None, {}).root == tmp_path
    assert Workspace.find(None, {"PICKLEBOT_WORKSPACE": "a"}).root == tmp_path / "a"
    assert Workspace.find(str(tmp_path), {"PICKLEBOT_WORKSPACE": "a"}).root == tmp_path
    with pytest.raises(ConfigError, match="is not a folder"):
        Workspace.find("b", {})


def test_the_workspace_s_places(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert workspace.agents == tmp_path / "agents"
    assert workspace.database_url == f"sqlite:///{tmp_path}/data/picklebot.db"
    assert workspace.results("abc") == tmp_path / "data" / "results" / "abc"
    for hostile in ["..", "a/b", "", "a\x00b", "x" * 65, "."]:
        with pytest.raises(ValueError, match="is not a session id"):
            workspace.results(hostile)
