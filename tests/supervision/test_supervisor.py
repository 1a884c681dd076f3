"""One adapter's trouble: a pause, another start, or parked."""

from collections.abc import Sequence
from datetime import UTC, datetime

import anyio
import pytest
from anyio.abc import TaskStatus
from structlog.testing import capture_logs

from picklebot.errors import PlatformError, PlatformFatalError
from picklebot.model.arrival import Arrival
from picklebot.model.blank import Blank
from picklebot.model.change import Edited, Withdrawn
from picklebot.model.choice import Press, Suggestion
from picklebot.model.message import InboundMessage
from picklebot.model.moved import Moved
from picklebot.ports.news import NewsKind
from picklebot.ports.platform import AdapterHealth, Intake, Receipt
from picklebot.supervision.supervisor import Supervisor
from picklebot.testing.news import RecordingNews


class Nothing:
    """An intake that nobody speaks to."""

    async def accept(self, message: InboundMessage) -> Receipt:
        return Receipt.IGNORED

    async def fall_due(self, message: InboundMessage, *, agent: str | None) -> Receipt:
        return Receipt.IGNORED

    async def arrive(self, arrival: Arrival) -> None: ...
    async def edit(self, edited: Edited) -> None: ...
    async def withdraw(self, withdrawn: Withdrawn) -> None: ...
    async def move(self, moved: Moved) -> None: ...
    async def accept_all(self, messages: Sequence[InboundMessage]) -> Sequence[Receipt]: ...

    def refuses(self, message: InboundMessage) -> bool:
        return False

    async def suggest(self, message: InboundMessage) -> Sequence[Suggestion]:
        return ()

    async def blank_for(self, message: InboundMessage) -> Blank | None: ...

    async def blank_of(self, press: Press) -> Blank | str:
        return ""

    async def press(self, press: Press) -> str:
        return ""


class ScriptedAdapter:
    """Fails with each of `script` in turn, then listens."""

    platform = "scripted"

    def __init__(self, *script: Exception) -> None:
        self.script = list(script)
        self.starts = 0
        self.contact = datetime(2026, 1, 1, tzinfo=UTC)

    async def run(self, intake: Intake, *, task_status: TaskStatus[None]) -> None:
        self.starts += 1
        if self.script:
            raise self.script.pop(0)
        task_status.started()
        await anyio.sleep_forever()

    def health(self) -> AdapterHealth:
        return AdapterHealth("up", last_contact=self.contact)


async def test_a_failing_adapter_is_started_again_until_it_listens() -> None:
    adapter = ScriptedAdapter(PlatformError("no route"), RuntimeError("odd"))
    supervisor = Supervisor(adapter, first_pause=0.001)
    with capture_logs() as logged:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(supervisor.run, Nothing())
            with anyio.fail_after(5):
                await supervisor.settled.wait()
            assert (adapter.starts, supervisor.health().state) == (3, "up")
            tasks.cancel_scope.cancel()
    # Only what nobody expected needs a look at the code.
    assert [line["exc_info"] for line in logged if line["log_level"] == "warning"] == [False, True]


async def test_while_it_waits_health_says_why_and_when_it_was_last_in_contact() -> None:
    adapter = ScriptedAdapter(PlatformError("no route"))
    supervisor = Supervisor(adapter, first_pause=60)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(supervisor.run, Nothing())
        await anyio.wait_all_tasks_blocked()
        assert supervisor.health() == AdapterHealth("retrying", "no route", adapter.contact)
        tasks.cancel_scope.cancel()


async def test_a_fatal_error_parks_it() -> None:
    adapter = ScriptedAdapter(PlatformFatalError("the token was refused"))
    supervisor = Supervisor(adapter)
    with anyio.fail_after(5):
        await supervisor.run(Nothing())
    assert adapter.starts == 1
    assert supervisor.settled.is_set()
    assert supervisor.health().state == "parked"


@pytest.mark.requirement("P20")
async def test_one_that_is_parked_leaves_the_others_alone() -> None:
    parked, other = Supervisor(ScriptedAdapter(PlatformFatalError("4004"))), Supervisor(ScriptedAdapter())
    async with anyio.create_task_group() as tasks:
        for supervisor in (parked, other):
            tasks.start_soon(supervisor.run, Nothing())
        with anyio.fail_after(5):
            for supervisor in (parked, other):
                await supervisor.settled.wait()
        await anyio.wait_all_tasks_blocked()
        assert (parked.health().state, other.health().state) == ("parked", "up")
        tasks.cancel_scope.cancel()


async def test_an_adapter_that_ends_by_itself_is_let_go() -> None:
    class Brief(ScriptedAdapter):
        async def run(self, intake: Intake, *, task_status: TaskStatus[None]) -> None:
            task_status.started()

    supervisor = Supervisor(Brief())
    assert supervisor.platform == "scripted"
    with anyio.fail_after(5):
        await supervisor.run(Nothing())
    assert supervisor.health().state == "up"


async def test_operators_are_told_of_a_parked_platform() -> None:
    news = RecordingNews()
    await Supervisor(ScriptedAdapter(PlatformFatalError("the token was refused")), news=news).run(Nothing())
    assert news.told == [(NewsKind.PLATFORM_PARKED, "I no longer listen on scripted: the token was refused")]
