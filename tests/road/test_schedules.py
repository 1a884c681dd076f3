"""The service speaks first by a schedule: a real gateway, a Telegram, and files in `crons/`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import anyio
import pytest
from tests.kills.ledger import asked

from picklebot import app
from picklebot.api.inside import AppGateway
from picklebot.engines.demo import DemoEngine
from picklebot.model.history import Role
from picklebot.model.session import Session, SessionMode
from picklebot.sandbox.telegram import SandboxChat, SandboxUser, TelegramSandbox
from picklebot.storage.memory import SqlAdapterMemory
from picklebot.testing.running import RunningGateway, run_gateway

pytestmark = [pytest.mark.slow, pytest.mark.requirement("S0.9")]

ALWAYS = "* * * * * *"
STRICT = {
    "quotas": {"messages": 1},
    "messagebus": {
        "web": {"enabled": False},
        "default_platform": "telegram",
        "telegram": {"allowed_user_ids": [], "default_chat_id": "1001"},
    },
}
"""Nobody is admitted, and nobody may say more than one message a day."""
OPEN = {"messagebus": {"web": {"enabled": False}}}
SECONDS = 30.0


@pytest.fixture
async def tg(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramSandbox]:
    monkeypatch.setattr(app, "DemoEngine", lambda: DemoEngine(pause=0))
    async with TelegramSandbox.start() as sandbox:
        yield sandbox


def met(tg: TelegramSandbox, user: SandboxUser) -> SandboxChat:
    """The private chat with somebody who has opened it, as a bot cannot."""
    chat = tg.private(user)
    chat.say(user, "/start")
    return chat


def write(root: Path, cron_id: str, fields: str, prompt: str, **keys: str) -> Path:
    path = root / "crons" / cron_id / "CRON.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    more = "".join(f"{key}: {value}\n" for key, value in keys.items())
    path.write_text(f'---\nschedule: "{fields}"\n{more}---\n{prompt}\n', encoding="utf-8")
    return path


async def test_a_schedule_goes_on_in_its_session_and_the_answer_to_it_in_the_persons(
    tmp_path: Path, tg: TelegramSandbox
) -> None:
    ann = tg.user(1001, "Ann")
    chat = met(tg, ann)
    async with run_gateway(tmp_path, telegram=tg, config=OPEN) as running:
        file = write(tmp_path, "greet", ALWAYS, "Say hello", to="telegram:1001")
        first = await chat.wait_for(lambda it: "This is message 1 of our" in it.text, SECONDS)
        await chat.wait_for(
            lambda it: 'message 2 of our conversation, which began with "Say hello"' in it.text
        )
        assert running.app.platforms()["schedule"].detail.startswith("next: greet at 20")
        file.unlink()
        await until(lambda: running.app.platforms()["schedule"].detail == "no schedules")
        chat.say(ann, "thank you")
        await chat.wait_for(lambda it: it.text.startswith("You said: thank you. This is message 1"))
        sessions = await all_sessions(running)
        said = await history(running, sessions[0])
    assert [(it.platform, it.speaker, it.mode) for it in sessions] == [
        ("telegram", "1001", SessionMode.CHAT),
        ("schedule", "greet", SessionMode.JOB),
    ]
    assert said[0] == (Role.ASSISTANT, first.text)
    assert (Role.USER, "thank you") in said
    assert '"greet": ' in (tmp_path / "config.runtime.yaml").read_text("utf-8")


async def test_a_schedule_is_the_operators_word(tmp_path: Path, tg: TelegramSandbox) -> None:
    chat = met(tg, tg.user(1001, "Ann"))
    agent = tmp_path / "agents" / "guarded" / "AGENT.md"
    agent.parent.mkdir(parents=True)
    agent.write_text("---\nallowed_users: [5]\n---\nBe discreet.\n", encoding="utf-8")
    write(tmp_path, "greet", ALWAYS, "Say hello", agent="guarded")
    async with run_gateway(tmp_path, telegram=tg, config={"default_agent": "guarded", **STRICT}) as running:
        await chat.wait_for(lambda it: "This is message 3 of our" in it.text, SECONDS)
        assert [it.platform for it in await all_sessions(running)] == ["schedule"]


async def test_what_was_due_meanwhile_is_made_up_for_once_in_all_starts(
    tmp_path: Path, tg: TelegramSandbox
) -> None:
    chat = met(tg, tg.user(1001, "Ann"))
    now = datetime.now(UTC)
    for cron_id, due in (("late", now - timedelta(minutes=20)), ("gone", now - timedelta(minutes=70))):
        write(tmp_path, cron_id, f"{due:%M %H %d %m} *", f"I am {cron_id}", to="telegram:1001")
        async with run_gateway(tmp_path, telegram=tg, config=OPEN) as running:
            await until(partial(knows, tmp_path, cron_id))
            times = running.app.crons.crons[cron_id].times
            mark = f"{(now - timedelta(hours=3)).isoformat()} {times.name}"
            memory = SqlAdapterMemory(running.app.database, "schedule")
            await memory.keep("until", {cron_id: mark})
    for _ in range(2):
        async with run_gateway(tmp_path, telegram=tg, config=OPEN):
            await chat.wait_for(lambda it: "I am late" in it.text, SECONDS)
    assert [it.text for it in chat.replies if it.text.startswith("You said")] == [
        'You said: I am late. This is message 1 of our conversation, which began with "I am late".'
    ]


async def test_a_broken_schedule_is_told_and_the_others_go_on(tmp_path: Path, tg: TelegramSandbox) -> None:
    chat = met(tg, tg.user(1001, "Ann"))
    write(tmp_path, "greet", ALWAYS, "Say hello", to="telegram:1001")
    write(tmp_path, "broken", "every day", "Say hello", to="telegram:1001")
    async with run_gateway(tmp_path, telegram=tg, config=OPEN) as running:
        await chat.wait_for(lambda it: "This is message 1 of our" in it.text, SECONDS)
        health = AppGateway(running.app).health()
    assert (health.status, health.crons) == ("degraded", {"broken": "crons/broken/CRON.md:2 is wrong"})


async def until(happens: Callable[[], bool]) -> None:
    with anyio.fail_after(SECONDS):
        while not happens():  # noqa: ASYNC110 - a catalog and a database have no event
            await anyio.sleep(0.05)


def knows(root: Path, cron_id: str) -> bool:
    """Whether the gateway has kept that it knows this schedule."""
    found = asked(root, "SELECT name FROM adapter_memory")
    return found is not None and (cron_id,) in found[0]


async def all_sessions(running: RunningGateway) -> Sequence[Session]:
    return await running.app.database.read(running.app.stores.sessions.find)


async def history(running: RunningGateway, session: Session) -> list[tuple[Role, str]]:
    store = running.app.stores.history
    rows = await running.app.database.read(lambda tx: store.messages(tx, session.id))
    return [(row.role, row.text) for _, row in rows]
