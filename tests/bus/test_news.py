"""What operators are told without having asked."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from tests.memory_road import message, open_road

from picklebot.bus.news import OperatorNews
from picklebot.errors import EngineError, UsageError
from picklebot.ports.engine import Turn
from picklebot.ports.news import NewsKind
from picklebot.storage.database import Database
from picklebot.storage.notices import SqlNotices
from picklebot.testing.engine import ScriptedEngine
from picklebot.testing.news import RecordingNews
from picklebot.testing.posting import RecordingPoster
from picklebot.testing.rules import FixedRules

CHAT = "telegram:1"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    async with Database.open(f"sqlite:///{tmp_path}/news.db") as database:
        yield database


@asynccontextmanager
async def running(news: OperatorNews) -> AsyncGenerator[None]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(news.run)
        yield
        tasks.cancel_scope.cancel()


async def posted(poster: RecordingPoster, count: int) -> list[str]:
    with anyio.fail_after(10):
        while len(poster.posts) < count:
            await anyio.lowlevel.checkpoint()
    return [text for text, to, _ in poster.posts if to == CHAT]


async def test_one_message_of_each_kind_and_the_rest_merged(database: Database) -> None:
    poster = RecordingPoster()
    news = OperatorNews(poster, database, SqlNotices(), CHAT, every=0.05)
    async with running(news):
        news.tell(NewsKind.DEAD_LETTER, "first")
        news.tell(NewsKind.PAIRING, "somebody knocks")
        assert sorted(await posted(poster, 2)) == ["first", "somebody knocks"]
        for number in range(5):
            news.tell(NewsKind.DEAD_LETTER, f"later {number}")
        assert (await posted(poster, 3))[2] == "later 4\n(This is the last of 5 such things.)"


async def test_a_restart_does_not_begin_anew(database: Database) -> None:
    poster = RecordingPoster()
    first = OperatorNews(poster, database, SqlNotices(), CHAT)
    async with running(first):
        first.tell(NewsKind.PLATFORM_PARKED, "discord is parked")
        await posted(poster, 1)
    second = OperatorNews(poster, database, SqlNotices(), CHAT)
    async with running(second):
        second.tell(NewsKind.PLATFORM_PARKED, "discord is parked")
        second.tell(NewsKind.KEY_REFUSED, "the key is dead")
        assert await posted(poster, 2) == ["discord is parked", "the key is dead"]


async def test_a_chat_that_cannot_be_posted_to_is_no_news(database: Database) -> None:
    poster = RecordingPoster()
    poster.troubles = [UsageError("there is no such chat")]
    news = OperatorNews(poster, database, SqlNotices(), CHAT)
    async with running(news):
        news.tell(NewsKind.DEAD_LETTER, "lost")
        news.tell(NewsKind.PAIRING, "told")
        assert await posted(poster, 1) == ["told"]


async def test_without_a_chat_nothing_is_kept(database: Database) -> None:
    poster = RecordingPoster()
    news = OperatorNews(poster, database, SqlNotices(), None)
    async with running(news):
        news.tell(NewsKind.DEAD_LETTER, "nobody asked")
        await anyio.wait_all_tasks_blocked()
    assert poster.posts == []


@pytest.mark.requirement("S0.7")
@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("timeout", NewsKind.DEAD_LETTER, "memory:123 (timeout)"),
        ("key_refused", NewsKind.KEY_REFUSED, "the provider refused the key"),
        ("quota", NewsKind.KEY_REFUSED, "used up"),
    ],
)
async def test_a_turn_that_failed_is_told_without_what_was_said(
    tmp_path: Path, code: str, kind: NewsKind, said: str
) -> None:
    async def fail(turn: Turn) -> str:
        raise EngineError(code, "I could not.", detail="sk-secret of the provider")

    news = RecordingNews()
    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(fail), news=news) as road:
        await road.bus.accept(message("my private question"))
        await road.frontend.wait(1)
    [(told, text)] = news.told
    assert (told, said in text) == (kind, True)
    assert "private" not in text
    assert "secret" not in text


async def test_who_may_not_ask_is_no_news(tmp_path: Path) -> None:
    news, rules = RecordingNews(), FixedRules()
    async with open_road(tmp_path / "road.db", rules=rules, news=news, running=False) as road:
        await road.bus.accept(message("hello"))
    rules.admitted = set()
    async with open_road(tmp_path / "road.db", rules=rules, news=news) as road:
        await road.frontend.wait(1)
    assert news.told == []
