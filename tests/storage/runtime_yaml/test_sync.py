"""Both sides edit at once, on a real folder with the real watcher."""

import errno
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from structlog.testing import capture_logs

from picklebot.errors import ConfigError, StorageError
from picklebot.ports.ledger import LedgerState
from picklebot.storage.runtime_yaml import Pace, RuntimeYamlSync
from picklebot.storage.runtime_yaml import file as file_module
from picklebot.storage.runtime_yaml.exchange import exchange
from picklebot.storage.runtime_yaml.file import Replaced, RuntimeYamlFile
from picklebot.storage.runtime_yaml.late import LateSaves
from picklebot.storage.runtime_yaml.splice import fresh
from picklebot.storage.runtime_yaml.view import parse_view
from picklebot.testing.ledger import MemoryLedger
from picklebot.yamltext import Document, read

T = "telegram"
FAST = Pace(poll=0.1, settle=0.01, write=0.05, hold=0.3, late=0.3, retry=0.1)


class Bench:
    """One file, one ledger, and a sync between them."""

    def __init__(self, path: Path, pace: Pace = FAST) -> None:
        self.path = path
        self.pace = pace
        self.ledger = MemoryLedger()
        self.documents: list[Document] = []
        self.again()

    def again(self) -> None:
        """As after a restart: the file and the ledger stay."""
        self.sync = RuntimeYamlSync(self.path, self.ledger, on_document=self.documents.append, pace=self.pace)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        await self.sync.start()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.sync.run)
            yield
            tasks.cancel_scope.cancel()
        await self.sync.flush()

    def save(self, *sessions: str, revision: int | None = None, platform: str = T) -> None:
        """Save as an editor does, by rename."""
        head = [] if revision is None else [f"# picklebot revision {revision}"]
        lines = [
            *head,
            "messagebus:",
            f"  {platform}:",
            "    sessions:",
            *(f"      {line}" for line in sessions),
        ]
        self.save_text("\n".join([*lines, ""]))

    def save_text(self, text: str) -> None:
        part = self.path.with_name("editor~")
        part.write_text(text)
        part.replace(self.path)

    def file_bindings(self) -> dict[tuple[str, str], str]:
        return dict(parse_view(read(self.path.read_bytes(), source="f")).bindings)

    def revision(self) -> int | None:
        return parse_view(read(self.path.read_bytes(), source="f")).revision

    def shows(self, **ids: str) -> bool:
        """Whether the ledger and the file both hold exactly these bindings of Telegram."""
        wanted = {(T, key.removeprefix("u")): name for key, name in ids.items()}
        return dict(self.ledger.bindings) == wanted and self._readable() == wanted

    def _readable(self) -> dict[tuple[str, str], str] | None:
        try:
            return self.file_bindings()
        except (FileNotFoundError, ConfigError):
            return None


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "config.runtime.yaml")


async def until(true: Callable[[], bool], seconds: float = 20) -> None:
    with anyio.fail_after(seconds):
        while not true():  # noqa: ASYNC110 - files and logs have no event to wait for
            await anyio.sleep(0.005)


async def test_a_missing_file_is_written_with_the_rows_and_a_comment(bench: Bench):
    bench.ledger.put(T, "1", "a")
    await bench.sync.start()
    assert bench.path.read_bytes() == fresh({(T, "1"): "a"}, 1)
    assert bench.sync.trouble is None
    assert await bench.ledger.last_written_revision() == 1


async def test_a_new_binding_reaches_the_file_and_the_rest_stays(bench: Bench):
    bench.save_text("# mine\nmessagebus:\n  telegram:\n    sessions:\n      '1': a   # Ann\n")
    async with bench.running():
        assert bench.ledger.bindings == {(T, "1"): "a"}
        bench.ledger.put(T, "2", "b")
        await until(lambda: bench.shows(u1="a", u2="b"))
        assert bench.path.read_text().splitlines()[1:] == [
            "# mine",
            "messagebus:",
            "  telegram:",
            "    sessions:",
            "      '1': a   # Ann",
            '      "2": b',
        ]
    assert [document.line(("messagebus",)) for document in bench.documents] == [2]
    assert "data" in vars(bench.documents[0]), "made in the thread that parsed it"


@pytest.mark.requirement("P23")
@pytest.mark.requirement("B2")
async def test_an_operators_edit_is_live_at_the_usual_pace(tmp_path: Path):
    bench = Bench(tmp_path / "config.runtime.yaml", Pace())
    bench.ledger.put(T, "1", "a")
    async with bench.running():
        bench.save('"1": b', '"2": c', revision=1)
        await until(lambda: dict(bench.ledger.bindings) == {(T, "1"): "b", (T, "2"): "c"})
        with bench.path.open("w") as editor:  # in place and in two steps, as cp and some editors do
            editor.write("# picklebot revision 1\nmessagebus:\n  telegram:\n")
            editor.flush()
            await anyio.lowlevel.checkpoint()
            editor.write('    sessions: {"1": d, "2": c}\n')
        await until(lambda: dict(bench.ledger.bindings) == {(T, "1"): "d", (T, "2"): "c"})


@pytest.mark.requirement("P23")
@pytest.mark.parametrize(
    "text", ["messagebus:\n", "# as it was shipped\nmessagebus:\n  telegram:\n    enabled: true\n"]
)
async def test_a_file_without_revision_and_bindings_ends_nothing(bench: Bench, text: str):
    """As when a checkout puts the file back that the project ships."""
    bench.ledger.put(T, "1", "a")
    async with bench.running():
        bench.save_text(text)
        await until(lambda: bench.shows(u1="a") and bench.path.read_text().endswith('"1": a\n'))
    assert text.splitlines()[0] in bench.path.read_text()


@pytest.mark.requirement("P23")
async def test_a_stale_buffer_deletes_nobody_it_has_not_seen(bench: Bench):
    bench.ledger.put(T, "1", "a")
    async with bench.running():
        bench.ledger.put(T, "2", "b")
        await until(lambda: bench.shows(u1="a", u2="b"))
        bench.save('"1": mine', revision=1)
        await until(lambda: bench.shows(u1="mine", u2="b"))


@pytest.mark.requirement("P23")
async def test_edits_made_while_the_service_was_down_are_judged_rightly(bench: Bench):
    for user in "123":
        bench.ledger.put(T, user, "a")
    await bench.sync.start()
    bench.save('"1": a', '"3": new', revision=3)
    bench.ledger.put(T, "4", "late")
    bench.again()
    with capture_logs() as logs:
        await bench.sync.start()
    assert bench.shows(u1="a", u3="new", u4="late")
    assert {"platform": T, "key": "2", "session_id": "a"}.items() <= _one(
        logs, "an operator ended a binding"
    ).items()
    assert bench.ledger.restored == []


async def test_without_a_revision_line_the_last_written_one_counts(bench: Bench):
    bench.ledger.put(T, "1", "a")
    bench.ledger.put(T, "2", "b")
    await bench.sync.start()
    bench.ledger.put(T, "3", "c")
    bench.save('"1": a')
    bench.again()
    await bench.sync.start()
    assert bench.shows(u1="a", u3="c")
    assert bench.path.read_text().startswith("# picklebot revision 4\n")


async def test_a_file_that_outlived_its_database_restores_it(bench: Bench):
    bench.save('"1": a', '"2": b', revision=70)
    with capture_logs() as logs:
        await bench.sync.start()
    assert bench.shows(u1="a", u2="b")
    assert [edit.session_id for edit in bench.ledger.restored] == ["a", "b"]
    assert _one(logs, "the file knows sessions of a lost database")["bindings"] == 2


async def test_a_database_is_still_known_as_lost_when_the_file_is_mended_later(bench: Bench):
    bench.save_text("broken: [")
    async with bench.running():
        for number in range(9):
            bench.ledger.put("discord", str(number), "d")
        bench.save('"1": a', revision=5)
        await until(lambda: (T, "1") in bench.file_bindings() and len(bench.file_bindings()) == 10)
    assert len(bench.ledger.restored) == 1
    assert len(bench.ledger.bindings) == 10


async def test_ids_written_before_anybody_spoke_are_introductions(bench: Bench):
    bench.save('"1": a')
    await bench.sync.start()
    assert bench.shows(u1="a")
    assert bench.ledger.restored == []


async def test_a_revision_from_nowhere_is_no_base(bench: Bench):
    bench.ledger.put(T, "1", "a")
    async with bench.running():
        bench.save('"1": b', revision=999)
        await until(lambda: bench.shows(u1="b"))
        await until(lambda: bench.revision() == 2)
    assert bench.ledger.restored == []


BROKEN = [
    "",
    "\n# all gone\n",
    "{}",
    "messagebus: [",
    "messagebus: words\n",
    "messagebus:\n  telegram: words\n",
    "messagebus:\n  telegram:\n    sessions: words\n",
    'messagebus:\n  telegram:\n    sessions:\n      "1":\n',
    'messagebus:\n  telegram:\n    sessions:\n      "1": ../x\n',
    'messagebus:\n  telegram:\n    sessions:\n      "1": a\n      1: b\n',
    "\tmessagebus:\n",
]


@pytest.mark.requirement("P24")
@pytest.mark.parametrize("text", BROKEN)
async def test_a_broken_file_is_never_written_over_and_mends(bench: Bench, text: str):
    bench.ledger.put(T, "1", "a")
    async with bench.running():
        with capture_logs() as logs:
            bench.save_text(text)
            await until(lambda: bench.sync.trouble is not None)
        assert (
            str(bench.path)
            in _one(logs, "the runtime file needs a look; the last good state stays")["reason"]
        )
        bench.ledger.put(T, "2", "b")
    assert bench.path.read_text() == text
    assert bench.ledger.bindings == {(T, "1"): "a", (T, "2"): "b"}
    async with bench.running():
        assert bench.sync.trouble is not None
        bench.save('"1": c', revision=1)
        await until(lambda: bench.shows(u1="c", u2="b"))
        assert bench.sync.trouble is None


@pytest.mark.requirement("P24")
async def test_a_file_broken_at_the_start_leaves_the_rows_alone(bench: Bench):
    bench.ledger.put(T, "1", "a")
    bench.save_text("messagebus: [")
    await bench.sync.start()
    assert bench.sync.trouble is not None
    assert f"{bench.path}:1: " in bench.sync.trouble
    assert bench.ledger.bindings == {(T, "1"): "a"}
    bench.path.unlink()
    async with bench.running():
        await until(lambda: bench.shows(u1="a"))
    assert bench.sync.trouble is None


@pytest.mark.requirement("P24")
async def test_settings_that_do_not_validate_refuse_the_whole_file(tmp_path: Path):
    def refuse(document: Document) -> None:
        if "web" in document.mapping(("messagebus",)):
            raise ConfigError(
                "web is wrong", source="config.runtime.yaml", line=document.line(("messagebus", "web"))
            )

    ledger = MemoryLedger()
    path = tmp_path / "config.runtime.yaml"
    sync = RuntimeYamlSync(path, ledger, on_document=refuse, pace=FAST)
    path.write_text("messagebus:\n  web: {}\n  telegram: {sessions: {'1': a}}\n")
    await sync.start()
    assert sync.trouble == "config.runtime.yaml:2: web is wrong"
    assert ledger.bindings == {}


@pytest.mark.slow
@pytest.mark.requirement("P24")
async def test_no_prefix_of_a_valid_file_ends_a_binding_that_it_does_not_reach(tmp_path: Path):
    bindings = {(T, str(user)): f"0d1f6c0e-{user}" for user in range(9)}
    whole = fresh(bindings, len(bindings)).decode()
    bench = Bench(tmp_path / "config.runtime.yaml", Pace(poll=0.1, settle=0.001, hold=60))
    for (platform, key), session_id in bindings.items():
        bench.ledger.put(platform, key, session_id)
    await bench.sync.start()
    assert bench.path.read_text() == whole
    for cut in range(len(whole)):
        bench.path.write_text(whole[:cut])
        if whole[:cut].endswith("\n") or whole[cut] == "\n":
            continue  # whole lines are what an operator may mean; the mass removals among them are held
        await bench.sync.flush()
        assert bench.ledger.bindings == bindings, whole[:cut]
        assert bench.path.read_text() == whole[:cut]
    bench.path.write_text(whole)
    await bench.sync.flush()
    assert bench.sync.trouble is None


async def test_a_mass_removal_is_held_then_applied_with_a_backup(bench: Bench):
    bench.pace = Pace(poll=0.1, settle=0.01, write=0.05, hold=1.5)
    bench.again()
    for user in range(8):
        bench.ledger.put(T, str(user), "a")
    async with bench.running():
        before = bench.path.read_bytes()
        bench.save('"1": a', revision=8)
        await until(lambda: bench.sync.trouble is not None)
        assert len(bench.ledger.bindings) == 8
        await until(lambda: bench.shows(u1="a"))
        assert bench.sync.trouble is None
    assert bench.path.with_name("config.runtime.yaml.bak").read_bytes() == before


async def test_a_mass_removal_that_is_mended_in_time_removes_nobody(bench: Bench):
    bench.pace = Pace(poll=0.05, settle=0.01, hold=60)
    bench.again()
    for user in range(8):
        bench.ledger.put(T, str(user), "a")
    async with bench.running():
        before = bench.path.read_bytes()
        bench.save(revision=8)
        await until(lambda: bench.sync.trouble is not None)
        bench.save_text(before.decode())
        await until(lambda: bench.sync.trouble is None)
    assert len(bench.ledger.bindings) == 8


async def test_a_file_taken_away_is_written_again(bench: Bench):
    bench.ledger.put(T, "1", "a")
    async with bench.running():
        bench.path.unlink()
        await until(lambda: bench.shows(u1="a"))


async def test_one_id_under_two_keys_is_warned_of_once(bench: Bench):
    with capture_logs() as logs:
        async with bench.running():
            bench.save('"1": a', '"2": a')
            await until(lambda: bench.shows(u1="a", u2="a"))
            bench.save('"1": a', '"2": a', '"3": b')
            await until(lambda: bench.shows(u1="a", u2="a", u3="b"))
    assert _one(logs, "one session stands under several keys and is shared")["session_id"] == "a"


@pytest.mark.requirement("P26")
async def test_writes_are_coalesced_and_none_is_made_for_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    bench.pace = Pace(poll=0.05, settle=0.01, write=0.5)
    bench.again()
    written: list[float] = []
    revisions: list[int] = []
    note = bench.ledger.note_written

    async def noted(revision: int) -> None:
        written.append(anyio.current_time())
        revisions.append(revision)
        await note(revision)

    monkeypatch.setattr(bench.ledger, "note_written", noted)
    async with bench.running():
        for user in range(200):
            bench.ledger.put(T, str(user), "a")
            await anyio.lowlevel.checkpoint()
        await until(lambda: revisions[-1:] == [200])
        assert len(bench.file_bindings()) == 200
        quiet = len(written)
        bench.ledger.put(T, "1", "a")
        bench.path.touch()
    assert len(written) == quiet
    assert quiet <= 3
    assert all(later - earlier >= 0.45 for earlier, later in pairwise(written))


async def test_what_is_owed_is_written_at_the_stop(bench: Bench):
    bench.pace = Pace(write=60)
    bench.again()
    await bench.sync.start()
    bench.ledger.put(T, "1", "a")
    await bench.sync.flush()
    assert bench.shows(u1="a")


@pytest.mark.requirement("P23")
async def test_a_late_save_into_the_replaced_file_counts(bench: Bench):
    bench.pace = Pace(poll=0.1, settle=0.01, write=0.05, late=2)
    bench.again()
    bench.save_text("# picklebot revision 0\nmessagebus: {telegram: {sessions: {}}}\n")
    async with bench.running():
        with bench.path.open("r+") as editor:
            bench.ledger.put(T, "1", "a")
            await until(lambda: bench.shows(u1="a"))
            editor.write('# picklebot revision 0\nmessagebus: {telegram: {sessions: {"2": late}}}  # mine\n')
            editor.flush()
            await until(lambda: bench.shows(u1="a", u2="late"))
        assert "# mine" in bench.path.read_text()
        await until(lambda: not list(bench.path.parent.glob(".*")))


@pytest.mark.requirement("P23")
async def test_a_save_between_our_check_and_our_write_is_merged(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    bench.ledger.put(T, "1", "a")
    await bench.sync.start()
    todo = [lambda: bench.save('"1": operator', revision=1)]

    def meddled(one: Path, other: Path) -> None:
        if todo:
            todo.pop()()
        exchange(one, other)

    monkeypatch.setattr(file_module, "exchange", meddled)
    bench.ledger.put(T, "2", "b")
    await bench.sync.flush()
    assert not todo
    assert bench.shows(u1="operator", u2="b")


async def test_where_nothing_can_be_written_edits_still_count_both_ways(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    def refuse(one: Path, other: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    bench.ledger.put(T, "1", "a")
    async with bench.running():
        monkeypatch.setattr(file_module, "exchange", refuse)
        bench.save('"1": a', '"2": b', revision=1)
        await until(lambda: (T, "2") in bench.ledger.bindings)
        await until(lambda: "cannot be written: Read-only file system" in (bench.sync.trouble or ""))
        bench.save('"1": a', revision=1)
        await until(lambda: (T, "2") not in bench.ledger.bindings)
        monkeypatch.setattr(file_module, "exchange", exchange)
        await until(lambda: bench.revision() == 3)
        assert bench.shows(u1="a")
        await until(lambda: bench.sync.trouble is None)


async def test_a_locked_database_is_trouble_and_not_the_end(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    real = bench.ledger.state

    async def locked() -> LedgerState:
        raise StorageError("the database is locked")

    async with bench.running():
        monkeypatch.setattr(bench.ledger, "state", locked)
        bench.save('"1": a')
        await until(lambda: "the database is locked" in (bench.sync.trouble or ""))
        monkeypatch.setattr(bench.ledger, "state", real)
        await until(lambda: bench.shows(u1="a"))
        await until(lambda: bench.sync.trouble is None)


async def test_a_ledger_that_cannot_be_followed_is_followed_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    real, failures = bench.ledger.wait_changed, [StorageError("the disk is gone")]

    async def failing(since: int) -> int:
        if failures:
            raise failures.pop()
        return await real(since)

    monkeypatch.setattr(bench.ledger, "wait_changed", failing)
    with capture_logs() as logs:
        async with bench.running():
            await until(lambda: not failures)
            await until(lambda: bench.sync.trouble is None)
            bench.ledger.put(T, "1", "a")
            await until(lambda: bench.shows(u1="a"))
            assert bench.sync.trouble is None
    assert any("the disk is gone" in str(entry.get("reason")) for entry in logs)


async def test_a_folder_in_the_place_of_the_file_is_trouble(bench: Bench):
    bench.path.mkdir()
    await bench.sync.start()
    assert "cannot be read: this is not a regular file" in (bench.sync.trouble or "")


async def test_a_workspace_that_is_not_there_is_trouble_until_it_is(tmp_path: Path):
    bench = Bench(tmp_path / "later" / "config.runtime.yaml")
    bench.ledger.put(T, "1", "a")
    async with bench.running():
        assert "cannot be written: No such file or directory" in (bench.sync.trouble or "")
        bench.path.parent.mkdir()
        await until(lambda: bench.shows(u1="a"))
        await until(lambda: bench.sync.trouble is None)


async def test_a_file_would_not_outgrow_what_can_be_read_back(tmp_path: Path):
    ledger = MemoryLedger()
    path = tmp_path / "config.runtime.yaml"
    path.write_text("a: 1\n")
    sync = RuntimeYamlSync(path, ledger, on_document=lambda _: None, max_bytes=60, pace=FAST)
    await sync.start()
    before = path.read_text()
    ledger.put(T, "1", "a" * 50)
    await sync.flush()
    assert "larger than the limit of 60 bytes" in (sync.trouble or "")
    assert path.read_text() == before


async def test_a_late_save_that_met_a_newer_one_is_kept_as_a_backup(bench: Bench):
    bench.ledger.put(T, "1", "a")
    await bench.sync.start()
    late = RuntimeYamlFile(bench.path)
    with bench.path.open("r+") as editor:
        outcome = late.replace(bench.path.read_bytes(), b"messagebus:\n")
        assert isinstance(outcome, Replaced)
        editor.write("# late words\n")
        editor.flush()
    saves = LateSaves(late, 60)
    saves.add(outcome)
    bench.save('"1": newer')
    await saves.collect(b"messagebus:\n")
    assert saves.watching
    await saves.collect(b"messagebus:\n")
    assert not saves.watching
    assert bench.file_bindings() == {(T, "1"): "newer"}
    assert bench.path.with_name("config.runtime.yaml.bak").read_text().startswith("# late words\n")


def _one(logs, event: str):
    found = [entry for entry in logs if entry["event"] == event]
    assert len(found) == 1, logs
    return found[0]
