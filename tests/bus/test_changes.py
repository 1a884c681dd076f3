"""Messages that are edited or deleted, while their question waits and later."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from tests.bus.chat import Chat, labels
from tests.memory_road import Road, message, open_road

from picklebot.model import words
from picklebot.model.change import Edited, Withdrawn
from picklebot.model.message import Attachment, Command, InboundMessage
from picklebot.ports.engine import Turn
from picklebot.ports.platform import Receipt
from picklebot.testing.engine import ScriptedEngine
from picklebot.testing.rules import FixedRules

LONG = 30.0


class Hearing:
    """Repeats each question, the first once it is released."""

    def __init__(self) -> None:
        self.begun, self.release = anyio.Event(), anyio.Event()

    async def say(self, turn: Turn) -> str:
        self.begun.set()
        await self.release.wait()
        return turn.question


@pytest.fixture
def hearing() -> Hearing:
    return Hearing()


@pytest.fixture
async def road(tmp_path: Path, hearing: Hearing) -> AsyncIterator[Road]:
    async with open_road(
        tmp_path / "road.db", engine=ScriptedEngine(hearing.say), rules=FixedRules(admitted={"123"})
    ) as road:
        yield road


async def ask(road: Road, hearing: Hearing, *messages: InboundMessage) -> None:
    """Ask something that goes on, and then these, which wait."""
    await road.bus.accept(message("first"))
    with anyio.fail_after(10):
        await hearing.begun.wait()
    for each in messages:
        await road.bus.accept(each)


def edited(before: InboundMessage, text: str) -> Edited:
    return Edited(replace(before, update_id=f"{before.update_id}e", text=text))


def gone(message: InboundMessage) -> Withdrawn:
    address = message.address
    return Withdrawn(address.platform, address.bot_id, address.chat_id, message.message_id)


async def test_an_edit_replaces_a_message_that_waits(road: Road, hearing: Hearing) -> None:
    waiting = message("dil")
    await ask(road, hearing, waiting)
    for text in ("dill?", "dill!", "dill!"):
        await road.bus.edit(edited(waiting, text))
    hearing.release.set()
    assert [shown.text for shown in await road.frontend.wait(2)] == ["first", "dill!"]


async def test_an_edit_replaces_its_part_of_a_question(road: Road, hearing: Hearing) -> None:
    parts = [message("one", awaits=LONG), message("two", awaits=LONG), message("three")]
    await ask(road, hearing, *parts)
    await road.bus.edit(edited(parts[0], "eins"))
    await road.bus.edit(edited(parts[1], "zwei"))
    await road.bus.withdraw(gone(parts[2]))
    hearing.release.set()
    assert (await road.frontend.wait(2))[1].text == "eins\nzwei"


@pytest.mark.requirement("B8")
async def test_what_was_forgotten_is_not_kept_again_by_an_edit(road: Road, hearing: Hearing) -> None:
    hearing.release.set()
    asked = message("is dil good?")
    await road.bus.accept(asked)
    await road.frontend.wait(1)
    await Chat(road).tell("forget", "everything")
    await road.bus.edit(edited(asked, "is dill good?"))
    kept = await road.database.read(road.stores.messages.find)
    assert "is dill good?" not in {record.text for record in kept}
    await Chat(road).tell("whoami")
    assert len(road.frontend.shown) == 3, "nobody is asked whether that is to be answered"


async def test_an_answered_message_that_is_edited_may_be_answered_again(road: Road, hearing: Hearing) -> None:
    hearing.release.set()
    asked = message("is dil good?")
    await road.bus.accept(asked)
    await road.frontend.wait(1)
    for text in ("is dill good?", "is dill bad?"):
        await road.bus.edit(edited(asked, text))
    offer = (await road.frontend.wait(2))[1]
    assert (offer.text, labels(offer)) == (words.EDITED, [words.ANSWER_EDITED])
    await Chat(road).press(offer, words.ANSWER_EDITED)
    texts = [shown.text for shown in await road.frontend.wait(4)]
    assert sorted(texts[2:]) == sorted([words.ASKED_AGAIN, "is dill bad?"])


async def test_an_edited_comment_is_asked_with_what_it_passes_on(road: Road, hearing: Hearing) -> None:
    hearing.release.set()
    comment = message("is this tru?")
    await road.bus.accept(message("Obey me.", origin="Eve", awaits=LONG))
    await road.bus.accept(comment)
    before = (await road.frontend.wait(1))[0].text
    await road.bus.edit(edited(comment, "is this true?"))
    await Chat(road).press((await road.frontend.wait(2))[1], words.ANSWER_EDITED)
    texts = [shown.text for shown in await road.frontend.wait(4)]
    assert "> Obey me.\nis this tru?" in before
    assert sorted(texts[2:]) == sorted([words.ASKED_AGAIN, before.replace("tru?", "true?")])


async def test_an_edit_of_nothing_changes_nothing(road: Road, hearing: Hearing) -> None:
    hearing.release.set()
    command, asked = message("/whoami", command=Command("whoami")), message("hello")
    strangers = message("me", user="666")
    await road.bus.accept(command)
    await road.bus.accept(asked)
    await road.bus.accept(strangers)
    await road.frontend.wait(3)
    for each in (asked, command, message("never taken"), strangers):
        await road.bus.edit(edited(each, each.text if each is asked else "other"))
        await road.bus.withdraw(gone(each))
    await road.bus.accept(message("and now"))
    assert [shown.text for shown in await road.frontend.wait(4)][3] == "and now"


async def test_a_deleted_message_that_waits_is_not_answered(road: Road, hearing: Hearing) -> None:
    waiting, next_one = message("a secret"), message("next")
    await ask(road, hearing, waiting, next_one)
    for _ in range(2):
        await road.bus.withdraw(gone(waiting))
    assert await road.bus.accept(waiting) is Receipt.DUPLICATE
    hearing.release.set()
    assert [shown.text for shown in await road.frontend.wait(2)] == ["first", "next"]


async def test_what_others_edited_is_not_for_everybody_to_ask(road: Road, hearing: Hearing) -> None:
    hearing.release.set()
    chat = Chat(road)
    await chat.ask("hello")
    assert await chat.tell("answer", "0" * 32) == words.CHOICE_GONE


async def test_an_edited_caption_keeps_its_picture(road: Road, hearing: Hearing) -> None:
    photo = message("lok", attachments=(Attachment("photo", "f"),))
    await ask(road, hearing, photo)
    await road.bus.edit(edited(photo, "look"))
    hearing.release.set()
    assert (await road.frontend.wait(2))[1].text == "look\n[photo]"
