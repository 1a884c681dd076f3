"""What is kept about a speaker: counted, in writing, and deleted; never anybody else's."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.bus.chat import Chat, labels
from tests.memory_road import Road, message, open_road

from picklebot.bus.commands import records
from picklebot.model import words
from picklebot.model.enclosure import Enclosure
from picklebot.model.events import Final, Usage
from picklebot.model.history import HistoryMessage, Role
from picklebot.model.message import Command
from picklebot.ports.platform import Receipt

TABLES = ("sessions", "history", "inbox", "outbox", "choices", "bindings", "turn_steps")


async def everything(road: Road) -> str:
    """All that stands in the tables, as one text."""
    await road.delivery.flush()

    def read(tx) -> str:
        return "\n".join(
            repr(tuple(row))
            for table in TABLES
            for row in tx.connection.execute(text(f"SELECT * FROM {table}"))
        )

    return await road.database.read(read)


@pytest.mark.requirement("B8")
async def test_who_is_forgotten_leaves_no_word_behind_and_others_stay(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db") as road:
        ann, other = Chat(road, "ann"), Chat(road, "Ann")
        await ann.ask("my plum secret")
        await road.bus.accept(message("my cherry secret", user="ann", chat="-9"))
        await road.frontend.wait(2)
        await ann.tell("new")
        await ann.ask("my melon secret")
        await other.ask("a peach of mine")
        shown = await ann.say("forget")
        assert labels(shown) == [words.FORGET_YES, words.FORGET_NO]
        assert (await ann.press(shown, words.FORGET_YES)).text == words.FORGOTTEN.format(
            count=words.counted("conversation", 3)
        )
        kept = await everything(road)
        assert [word for word in ("plum", "cherry", "melon", "User ann") if word in kept] == []
        assert "peach" in kept
        assert (await road.bindings()).keys() == {"Ann"}
        assert 'message 1 of our conversation, which began with "afresh"' in await ann.ask("afresh")
        assert "message 2 of" in await other.ask("and?")


@pytest.mark.requirement("B8")
async def test_what_is_forgotten_is_not_taken_in_again(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db") as road:
        asked = message("secret")
        await road.bus.accept(asked)
        await road.frontend.wait(1)
        await road.delivery.flush()
        await Chat(road).tell("forget", "everything")
        assert await road.bus.accept(asked) is Receipt.DUPLICATE


@pytest.mark.requirement("B8")
async def test_nothing_is_deleted_without_a_yes_or_while_something_waits(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db") as road:
        await Chat(road).ask("keep me")
        shown = await Chat(road).say("forget")
        assert (await Chat(road).press(shown, words.FORGET_NO)).text == words.NOT_FORGOTTEN
        assert "keep me" in await everything(road)
    async with open_road(tmp_path / "road.db", running=False) as road:
        await road.bus.accept(message("I wait"))
        await road.bus.accept(message("/forget everything", command=Command("forget", "everything")))
        assert (await road.bindings()).keys() == {"123"}


@pytest.mark.requirement("B8")
async def test_a_conversation_is_given_in_writing(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db") as road:
        chat = Chat(road)
        assert await chat.tell("export") == words.NO_SESSIONS
        await chat.ask("about pickles")
        await chat.tell("new")
        await chat.ask("about cheese")
        written = await chat.tell("export")
        assert written.startswith("# about cheese\n\n**You**, ")
        assert "**pickle**, " in written
        assert "You said: about cheese." in written
        every = json.loads((await chat.tell("export", "json")).removeprefix("```json").removesuffix("```"))
        assert [it["title"] for it in every] == ["about cheese", "about pickles"]
        assert [it["role"] for it in every[1]["messages"]] == ["user", "assistant"]
        await road.bus.accept(message("/export", chat="-9", command=Command("export")))
        assert (await road.frontend.wait(7))[-1].text == words.IN_PRIVATE


async def test_of_too_much_the_newest_is_given_and_it_still_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "LONGEST", 1_000)
    async with open_road(tmp_path / "road.db") as road:
        chat = Chat(road)
        for text_ in ("old", "x" * 600, "middle", "y" * 300, "new"):
            await chat.ask(text_)
        begun, _, written = (await chat.tell("export")).partition("\n\n")
        assert begun == words.EXPORT_CUT.partition("\n\n")[0]
        assert written.startswith("# old\n\n**")
        assert "x" * 600 not in written
        assert "You said: new." in written
        begun, _, written = (await chat.tell("export", "json")).partition("\n\n")
        assert begun == words.EXPORT_CUT.partition("\n\n")[0]
        [only] = json.loads(written.removeprefix("```json").removesuffix("```"))
        assert [it["text"] for it in only["messages"] if it["role"] == "user"] == ["new"]


class Counting:
    """An engine whose answers cost something."""

    async def run(self, turn):
        row = HistoryMessage(Role.ASSISTANT, "fine", turn.job.accepted_at)
        yield Final("fine", (row,), Usage(1, 100, 20))


class Writing:
    """An engine that answers with a file and no words."""

    async def run(self, turn):
        row = HistoryMessage(Role.ASSISTANT, "", turn.job.accepted_at)
        yield Final("", (row,), files=(Enclosure("notes/a.md", 6),))


@pytest.mark.requirement("B8")
@pytest.mark.requirement("S3.3")
async def test_an_export_names_the_files_and_a_copy_has_none(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", engine=Writing()) as road:
        chat = Chat(road)
        await chat.ask("write")
        assert (await chat.tell("export")).endswith("\n\n📎 a.md")
        [only] = json.loads((await chat.tell("export", "json")).removeprefix("```json").removesuffix("```"))
        assert [it.get("files") for it in only["messages"]] == [None, ["notes/a.md"]]
        await chat.tell("fork")
        assert "📎" not in await chat.tell("export")


async def test_usage_is_counted_over_all_conversations_also_of_what_was_taken_back(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", engine=Counting()) as road:
        chat = Chat(road)
        for text_ in ("one", "two"):
            await chat.ask(text_)
        await chat.tell("fork")
        await chat.tell("undo")
        await chat.ask("three")
        await Chat(road, "9").ask("not mine")
        today = words.USAGE_LINE.format(span=words.TODAY, messages="3 messages", tokens="360 tokens")
        assert today in await chat.tell("usage")
