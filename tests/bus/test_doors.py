"""Strangers with a code, and the operators who let them in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.memory_road import Road, message, open_road

from picklebot.errors import ConflictError, NotFoundError
from picklebot.model import words
from picklebot.model.message import Command, InboundMessage
from picklebot.model.pairing import ALPHABET, LENGTH, MOST_PENDING
from picklebot.ports.doors import ListEdit
from picklebot.ports.news import NewsKind
from picklebot.testing.news import RecordingNews
from picklebot.testing.rules import FixedRules

CODE = re.compile(rf"\b[{ALPHABET}]{{{LENGTH}}}\b")


def rules() -> FixedRules:
    return FixedRules(admitted={"1", "2"}, operators={"1"}, pairing=True)


def said(name: str, args: str = "", *, user: str = "1") -> InboundMessage:
    return message(f"/{name} {args}".rstrip(), user=user, command=Command(name, args))


async def knock(road: Road, user: str, *, replies: int) -> str | None:
    """Let a stranger write; gives the code that they are told."""
    await road.bus.accept(message("let me in", user=user))
    found = CODE.search((await road.frontend.wait(replies))[-1].text)
    return found[0] if found else None


async def owed(road: Road) -> list[ListEdit]:
    return [edit for _, edit in await road.database.read(road.stores.list_edits.owed)]


@pytest.mark.requirement("B11")
@pytest.mark.requirement("S0.5")
async def test_a_stranger_is_given_a_code_and_an_operator_approves_it(tmp_path: Path) -> None:
    news = RecordingNews()
    async with open_road(tmp_path / "road.db", rules=rules(), news=news) as road:
        code = await knock(road, "7", replies=1)
        assert code is not None
        assert [kind for kind, _ in news.told] == [NewsKind.PAIRING]
        assert "7" in news.told[0][1]
        assert code not in news.told[0][1]
        await road.bus.accept(said("pair", code.lower()))
        answer = (await road.frontend.wait(2))[-1].text
        assert "User 7" in answer
        assert await owed(road) == [
            ListEdit(("messagebus", "memory", "allowed_user_ids"), "7", True),
            ListEdit(("messagebus", "memory", "denied_user_ids"), "7", False),
        ]
        await road.bus.accept(said("pair", code))
        assert (await road.frontend.wait(3))[-1].text == words.NO_SUCH_CODE


@pytest.mark.requirement("B11")
async def test_three_wait_at_most_and_the_fourth_is_told_their_id(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", rules=rules()) as road:
        for number in range(MOST_PENDING):
            assert await knock(road, str(10 + number), replies=number + 1)
        assert await knock(road, "99", replies=MOST_PENDING + 1) is None
        assert "99" in road.frontend.shown[-1].text
        waiting = await road.database.read(lambda tx: road.stores.pairings.pending(tx, message().sent_at))
        assert [each.user_id for each in waiting] == ["10", "11", "12"]


@pytest.mark.requirement("B11")
@pytest.mark.requirement("S0.5")
async def test_who_was_refused_in_a_group_may_still_come_for_their_code(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", rules=rules()) as road:
        for _ in range(2):
            await road.bus.accept(message("let me in", user="7", chat="-9"))
        assert await knock(road, "7", replies=2) is not None
        await road.bus.accept(message("please", user="7"))
        await road.bus.accept(said("whoami"))
        assert [it.parcel.address.chat_id for it in await road.frontend.wait(3)] == ["-9", "7", "1"]


async def test_a_group_does_not_see_a_code(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", rules=rules()) as road:
        await road.bus.accept(message("let me in", user="7", chat="-9"))
        [shown] = await road.frontend.wait(1)
        assert not CODE.search(shown.text)


@pytest.mark.requirement("B11")
async def test_guesses_are_limited(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", rules=rules()) as road:
        code = await knock(road, "7", replies=1)
        for number in range(5):
            await road.bus.accept(said("pair", "ABCDEFGH"))
            assert (await road.frontend.wait(number + 2))[-1].text == words.NO_SUCH_CODE
        await road.bus.accept(said("pair", str(code)))
        assert (await road.frontend.wait(7))[-1].text == words.TOO_MANY_GUESSES
        assert await owed(road) == []


async def test_guesses_of_one_do_not_hold_another_back(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", rules=rules()) as road:
        code = await knock(road, "7", replies=1)
        for _ in range(5):
            with pytest.raises(NotFoundError):
                await road.database.write(lambda tx: road.doors.approve(tx, "wrong", by="a"))
        with pytest.raises(ConflictError):
            await road.database.write(lambda tx: road.doors.approve(tx, str(code), by="a"))
        found = await road.database.write(lambda tx: road.doors.approve(tx, str(code), by="b", operator=True))
        assert found.user_id == "7"
        assert ListEdit(("operators", "memory"), "7", True) in await owed(road)


@pytest.mark.parametrize("name", ["pair", "allow", "revoke", "health"])
async def test_operators_commands_are_for_operators(tmp_path: Path, name: str) -> None:
    async with open_road(tmp_path / "road.db", rules=rules()) as road:
        await road.bus.accept(said(name, "telegram:7", user="2"))
        [shown] = await road.frontend.wait(1)
        assert shown.text == words.OPERATORS_ONLY
        assert await owed(road) == []


async def test_who_waits_is_listed_with_a_button_for_each(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", rules=rules()) as road:
        await road.bus.accept(said("pair"))
        assert (await road.frontend.wait(1))[-1].text == words.NOBODY_WAITS
        await knock(road, "7", replies=2)
        await road.bus.accept(said("pair"))
        shown = (await road.frontend.wait(3))[-1]
        assert "User 7 (Memory id 7)" in shown.text
        assert [button.label for row in shown.parcel.buttons for button in row] == ["Let User 7 in"]


async def test_shutting_out_is_asked_about_first(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", rules=rules()) as road:
        await road.bus.accept(said("revoke", "telegram:7"))
        shown = (await road.frontend.wait(1))[-1]
        assert [button.label for row in shown.parcel.buttons for button in row] == [
            words.REVOKE_BUTTON,
            words.KEEP_BUTTON,
        ]
        await road.bus.accept(said("revoke", "telegram:7 no"))
        assert (await road.frontend.wait(2))[-1].text == words.LEFT_AS_IT_IS
        assert await owed(road) == []
        await road.bus.accept(said("revoke", "telegram:7 yes"))
        await road.frontend.wait(3)
        assert ListEdit(("messagebus", "telegram", "denied_user_ids"), "7", True) in await owed(road)
        await road.bus.accept(said("allow", "telegram:x"))
        assert (await road.frontend.wait(4))[-1].text == words.WHICH_ID.format(command="allow")
