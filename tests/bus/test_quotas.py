"""One person has so much in a day; who has used it up is told when it goes on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.bus.chat import Chat
from tests.bus.test_linking import link
from tests.memory_road import Road, message, open_road

from picklebot.errors import UsedUpError
from picklebot.model import words
from picklebot.model.events import Final, Usage
from picklebot.model.history import HistoryMessage, Role
from picklebot.model.message import Command
from picklebot.model.quota import Quota
from picklebot.ports.platform import Receipt
from picklebot.ports.storage import Transaction
from picklebot.testing.rules import FixedRules

pytestmark = pytest.mark.requirement("B7")


class Costing:
    """An engine whose answers cost something."""

    async def run(self, turn):
        row = HistoryMessage(Role.ASSISTANT, "fine", turn.job.accepted_at)
        yield Final("fine", (row,), Usage(1, 9_000, 1_000, "openai:gpt-4o-mini"))


def day(hours: int) -> str:
    """How long it is until somebody's day is over, in words."""
    return words.AGES["hour"][1].format(count=hours)


async def rows(road: Road) -> int:
    statement = text("SELECT count(*) FROM quotas")
    return await road.database.read(lambda tx: tx.connection.execute(statement).scalar_one())


async def let_pass(road: Road, time: timedelta) -> None:
    statement = text(f"UPDATE quotas SET since = since - {time // timedelta(microseconds=1)}")
    await road.database.write(lambda tx: tx.connection.execute(statement))


async def test_who_sent_all_messages_of_a_day_is_told_when_the_next_begins(tmp_path: Path) -> None:
    rules = FixedRules(most=Quota(messages=2))
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        ann, ben = Chat(road, "ann"), Chat(road, "ben")
        await ann.ask("one")
        await ann.ask("two")
        refused = words.QUOTA_MESSAGES.format(most=2, wait=day(23))
        assert await ann.ask("three") == refused
        assert "You said: mine" in await ben.ask("mine")
        assert words.QUOTA_OF_MESSAGES.format(used=2, most=2) in await ann.tell("usage")
        await let_pass(road, timedelta(days=1))
        assert "You said: four. This is message 3" in await ann.ask("four")


async def test_it_counts_over_all_chats_and_conversations_and_after_a_restart(tmp_path: Path) -> None:
    rules = FixedRules(most=Quota(messages=2))
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        await Chat(road).ask("one")
        await road.bus.accept(message("in a group", chat="-9"))
        await road.frontend.wait(2)
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        await Chat(road).tell("new")
        assert await Chat(road).ask("three") == words.QUOTA_MESSAGES.format(most=2, wait=day(23))


@pytest.mark.parametrize(
    ("quota", "used"),
    [
        (Quota(tokens=15_000), words.QUOTA_OF_TOKENS.format(used=20_000, most=15_000)),
        (Quota(dollars=0.003), words.QUOTA_OF_DOLLARS.format(used=0.0039, most=0.003)),
    ],
)
async def test_answers_may_take_so_much_in_a_day(tmp_path: Path, quota: Quota, used: str) -> None:
    async with open_road(tmp_path / "road.db", engine=Costing(), rules=FixedRules(most=quota)) as road:
        ann = Chat(road)
        assert [await ann.ask("one"), await ann.ask("two")] == ["fine", "fine"]
        assert await ann.ask("three") == words.QUOTA_ANSWERS.format(wait=day(23))
        assert used in await ann.tell("usage")


async def test_operators_may_always_and_an_edit_is_in_force_at_once(tmp_path: Path) -> None:
    rules = FixedRules(operators={"boss"})
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        boss, ann = Chat(road, "boss"), Chat(road, "ann")
        for text_ in ("one", "two"):
            await ann.ask(text_)
        assert await rows(road) == 0
        rules.most = Quota(messages=1)
        await ann.ask("three")
        assert await ann.ask("four") == words.QUOTA_MESSAGES.format(most=1, wait=day(23))
        for text_ in ("one", "two"):
            assert "You said" in await boss.ask(text_)
        rules.most = Quota()
        assert "You said" in await ann.ask("five")


async def test_a_question_asked_again_counts_and_one_that_comes_twice_does_not(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", rules=FixedRules(most=Quota(messages=2))) as road:
        asked = message("one")
        assert await road.bus.accept(asked) is Receipt.ACCEPTED
        assert await road.bus.accept(asked) is Receipt.DUPLICATE
        await road.frontend.wait(1)
        await road.bus.accept(message("/retry", command=Command("retry")))
        await road.frontend.wait(2)
        await road.bus.accept(message("/retry", command=Command("retry")))
        told = (await road.frontend.wait(3))[-1].text
        assert told == words.QUOTA_MESSAGES.format(most=2, wait=day(23))


async def test_joined_accounts_have_one_allowance_and_part_with_what_each_used(tmp_path: Path) -> None:
    rules = FixedRules(most=Quota(messages=3))
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        ann, dora = Chat(road, "ann"), Chat(road, "dora")
        await ann.ask("one")
        await let_pass(road, timedelta(hours=2))
        await dora.ask("two")
        await dora.ask("three")
        await link(ann, dora)
        for chat in (ann, dora):
            assert words.QUOTA_OF_MESSAGES.format(used=3, most=3) in await chat.tell("usage")
            assert await chat.ask("four") == words.QUOTA_MESSAGES.format(most=3, wait=day(21))
        rules.most = Quota(messages=2)
        assert await ann.ask("more than one day") == words.QUOTA_MESSAGES.format(most=2, wait=day(23))
        rules.most = Quota(messages=3)
        await dora.tell("link", "off")
        assert words.QUOTA_OF_MESSAGES.format(used=1, most=3) in await ann.tell("usage")
        assert words.QUOTA_OF_MESSAGES.format(used=2, most=3) in await dora.tell("usage")
        assert "You said: five" in await dora.ask("five")


async def test_who_is_joined_to_nobody_costs_no_statement_more(tmp_path: Path) -> None:
    rules = FixedRules(most=Quota(messages=3))
    asked: list[str] = []
    async with open_road(tmp_path / "road.db", rules=rules, running=False) as road:
        await road.bus.accept(message("one"))

        def watch(tx: Transaction) -> None:
            tx.connection.connection.driver_connection.set_trace_callback(asked.append)

        await road.database.write(watch)
        await road.bus.accept(message("two"))
    reads = [it for it in asked if it.startswith("SELECT") and ("quotas" in it or "identities" in it)]
    assert len(reads) == 1, reads


async def test_a_program_speaks_for_somebody_who_may_still_ask(tmp_path: Path) -> None:
    rules = FixedRules(most=Quota(messages=2), operators={"boss"})
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        await Chat(road, "ann").ask("one")
        await Chat(road, "boss").ask("one")
        ann, boss = [(await road.bindings())[key].session_id for key in ("ann", "boss")]
        for number in range(2):
            await road.bus.post(boss, message(f"boss {number}", user="program"))
        posted = message("two", user="program")
        assert await road.bus.post(ann, posted) is Receipt.ACCEPTED
        with pytest.raises(UsedUpError, match="Please write again in") as refused:
            await road.bus.post(ann, message("three", user="program"))
        assert 22 * 3_600 < refused.value.seconds <= 24 * 3_600
        assert await road.bus.post(ann, posted) is Receipt.DUPLICATE
        await road.frontend.wait(5)
        assert await Chat(road, "ann").ask("four") == words.QUOTA_MESSAGES.format(most=2, wait=day(23))
        await road.bus.post(boss, message("boss again", user="program"))
