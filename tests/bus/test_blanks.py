"""What a command lacks is asked for: by a form that outlives a restart, or by a message that is replied to."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from tests.bus.chat import Chat, labels
from tests.memory_road import Road, message, open_road

from picklebot.errors import StoppingError
from picklebot.model import words
from picklebot.model.attachments import lines
from picklebot.model.blank import LONGEST, Blank, asked_for, filled_in
from picklebot.model.choice import Press
from picklebot.model.message import Attachment, Command, InboundMessage, Quote, Sender
from picklebot.ports.engine import Turn
from picklebot.ports.platform import Receipt
from picklebot.testing.engine import ScriptedEngine
from picklebot.testing.rules import FixedRules

_numbers = count(1)


@pytest.fixture
async def road(tmp_path: Path) -> AsyncIterator[Road]:
    async with open_road(tmp_path / "road.db") as road:
        yield road


def bare(name: str, *, user: str = "123") -> InboundMessage:
    return message(f"/{name}", user=user, command=Command(name))


def submit(asked: InboundMessage, blank: Blank, written: str, *, user: str = "123", late: float = 0) -> Press:
    """Somebody submits the form that was opened by `asked`."""
    at = datetime.now(UTC) + timedelta(seconds=late)
    return Press(f"s{next(_numbers)}", "", blank.handle, asked.address, Sender(user, ""), at, written)


async def open_form(road: Road, asked: InboundMessage) -> Blank:
    blank = await road.bus.blank_for(asked)
    assert blank is not None
    return blank


async def test_a_title_that_is_written_into_its_form_is_the_title(road: Road) -> None:
    await Chat(road).ask("about pickles")
    asked = bare("title")
    blank = await open_form(road, asked)
    assert (blank.value, blank.long, blank.required) == ("about pickles", False, True)
    assert (blank.title, blank.label) == words.FORMS["title"]
    assert await road.bus.press(submit(asked, blank, " Green  things ")) == ""
    [_, answer] = await road.frontend.wait(2)
    assert answer.text == words.TITLED.format(title="Green things")
    assert answer.parcel.posted == ()


async def test_a_question_of_any_length_is_asked_once(road: Road) -> None:
    asked = bare("ask")
    blank = await open_form(road, asked)
    assert blank.long
    question = "why? " + "x" * (LONGEST - 5)
    submitted = submit(asked, blank, question)
    assert [await road.bus.press(submitted) for _ in range(2)] == ["", ""]
    assert await road.bus.press(submit(asked, blank, "and why?")) == words.CHOICE_MADE.format(
        label=words.FORMS["ask"][0]
    )
    [answer] = await road.frontend.wait(1)
    assert question in answer.text


@pytest.mark.parametrize(("written", "said"), [("Is that so?", "Is that so?"), ("", words.WHAT_ABOUT_THIS)])
async def test_a_message_is_asked_about_in_ones_own_words_or_without_any(
    tmp_path: Path, written: str, said: str
) -> None:
    turns: list[Turn] = []

    async def say(turn: Turn) -> str:
        turns.append(turn)
        return "Hm."

    pointed = replace(
        message(words.WHAT_ABOUT_THIS, attachments=(Attachment("document", "f", "rose.txt"),)),
        quotes=(Quote("Ann", "Roses need water."),),
    )
    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        blank = await open_form(road, pointed)
        assert (blank.required, blank.hint) == (False, words.WHAT_ABOUT_THIS)
    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        assert await road.bus.press(submit(pointed, blank, written)) == ""
        await road.frontend.wait(1)
    [turn] = turns
    assert (turn.job.text, turn.job.quotes) == (said, pointed.quotes)
    assert turn.job.attachments == pointed.attachments
    assert "Roses need water." in turn.text
    assert lines(pointed.attachments) in turn.text


async def test_only_who_opened_a_form_may_submit_it_and_not_for_ever(road: Road) -> None:
    asked = bare("ask")
    blank = await open_form(road, asked)
    assert await road.bus.press(submit(asked, blank, "why?", user="1")) == words.CHOICE_NOT_YOURS
    assert await road.bus.press(submit(asked, blank, "why?", late=90_000)) == words.CHOICE_OVER
    elsewhere = replace(asked, address=replace(asked.address, chat_id="other"))
    assert await road.bus.press(submit(elsewhere, blank, "why?")) == words.CHOICE_GONE
    assert await road.bus.press(submit(asked, replace(blank, handle="x"), "why?")) == words.CHOICE_GONE


async def test_what_was_pointed_at_is_for_who_pointed_at_it(road: Road) -> None:
    pointed = replace(message(words.WHAT_ABOUT_THIS), quotes=(Quote("Ann", "secret"),))
    await open_form(road, pointed)
    [kept] = await road.database.read(
        lambda tx: tx.connection.exec_driver_sql("SELECT args FROM choices").scalars().all()
    )
    stolen = message(
        f"/answer {kept} what is it?", user="1", command=Command("answer", f"{kept} what is it?")
    )
    assert await road.bus.accept(stolen) is Receipt.HANDLED
    assert (await road.frontend.wait(1))[-1].text == words.CHOICE_GONE


async def test_who_is_not_admitted_is_given_no_form_and_nothing_is_kept(tmp_path: Path) -> None:
    rules = FixedRules(admitted={"1"})
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        assert await road.bus.blank_for(bare("ask")) is None
        assert await road.bus.blank_for(replace(message(), quotes=(Quote("", "x"),))) is None
        blank = await open_form(road, bare("ask", user="1"))
        refused = await road.bus.press(submit(bare("ask", user="123"), blank, "why?"))
        assert "123" in refused
        assert "123" in str(await road.bus.blank_of(submit(bare("ask"), blank, "")))


async def test_without_a_conversation_there_is_nothing_to_rename(road: Road) -> None:
    assert await road.bus.blank_for(bare("title")) is None


async def test_a_bus_that_is_closed_gives_no_form(road: Road) -> None:
    road.bus.close()
    with pytest.raises(StoppingError):
        await road.bus.blank_for(bare("ask"))


async def test_a_full_lane_is_told_to_who_submits(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", running=False, lane_limit=1) as road:
        assert await road.bus.accept(message()) is Receipt.ACCEPTED
        asked = bare("ask")
        blank = await open_form(road, asked)
        assert await road.bus.press(submit(asked, blank, "why?")) == words.LANE_FULL
        assert (
            await road.bus.press(submit(asked, blank, "why?")) == words.LANE_FULL
        )  # nothing is decided by it


async def test_a_button_opens_the_form_of_its_command(road: Road) -> None:
    chat = Chat(road)
    await chat.ask("about pickles")
    settings = await chat.say("settings")
    [button] = [it for row in settings.parcel.buttons for it in row if it.label == words.RENAME]
    assert button.asks
    assert [it.asks for row in settings.parcel.buttons for it in row].count(True) == 1
    address = replace(settings.parcel.address, reply_to=None)
    press = Press("b1", "shown", button.handle, address, Sender("123", ""), datetime.now(UTC))
    blank = await road.bus.blank_of(press)
    assert isinstance(blank, Blank)
    assert (blank.handle, blank.value) == (button.handle, "about pickles")
    assert await road.bus.blank_of(replace(press, sender=Sender("1", ""))) == words.CHOICE_NOT_YOURS
    other = settings.parcel.buttons[0][0]
    assert await road.bus.blank_of(replace(press, handle=other.handle)) == words.CHOICE_GONE
    assert await road.bus.press(replace(press, update_id="b2", written="Gherkins")) == ""
    answer = (await road.frontend.wait(3))[-1]
    assert (answer.text, answer.parcel.posted) == (words.TITLED.format(title="Gherkins"), ("shown",))


async def test_where_there_are_no_forms_a_button_asks_in_a_message_of_its_own(road: Road) -> None:
    chat = Chat(road)
    await chat.ask("about pickles")
    settings = await chat.say("settings")
    await chat.press(settings, words.RENAME)
    asked = await chat.press(settings, words.RENAME)
    assert asked.parcel.posted == ()
    assert asked_for(asked.text) == "title"
    completed = filled_in(message("Gherkins"), asked.text)
    assert completed.command == Command("title", "Gherkins")
    before = len(road.frontend.shown)
    await road.bus.accept(completed)
    assert (await road.frontend.wait(before + 1))[-1].text == words.TITLED.format(title="Gherkins")


async def test_bare_commands_ask_and_their_replies_are_taken(road: Road) -> None:
    chat = Chat(road)
    asked = await chat.tell("ask")
    assert asked_for(asked) == "ask"
    assert "You said: why?" in await chat.ask("why?")
    assert (await chat.say("ask", "and why?")).text.startswith("You said: and why?")
    assert asked_for(await chat.tell("title")) == "title"


async def test_a_code_from_another_place_is_asked_for(road: Road) -> None:
    ann, dora = Chat(road), Chat(road, "88")
    await ann.ask("about pickles")
    code = (await ann.tell("link")).split("/link ")[1].split()[0]
    offered = await dora.say("link")
    assert labels(offered) == [words.LINK_HAVE_CODE]
    asked = await dora.press(offered, words.LINK_HAVE_CODE)
    assert asked_for(asked.text) == "code"
    completed = filled_in(message(code, user="88"), asked.text)
    before = len(road.frontend.shown)
    await road.bus.accept(completed)
    asked = (await road.frontend.wait(before + 1))[-1]
    assert asked.text.startswith(words.LINK_ASK.partition("{")[0])


@pytest.mark.parametrize("code", words.LANGUAGES)
def test_what_asks_is_known_in_every_language_and_nothing_else_is(code: str) -> None:
    asks = words.LANGUAGES[code].ASKS
    assert asks.keys() == {*words.ASKING}
    for name, line in asks.items():
        assert asked_for(f"Something before.\n{line}") == name
        assert asked_for(line) == name
        assert asked_for(f"{line}\nSomething after.") is None
        assert asked_for(f"I quote: {line}") is None


def test_a_reply_with_a_command_or_without_words_fills_nothing_in() -> None:
    line = words.ASKS["title"]
    for said in (message("/new", command=Command("new")), message(" ")):
        assert filled_in(said, line) is said
    plain = message("hello")
    assert filled_in(plain, "Something else") is plain


@pytest.mark.parametrize("code", words.LANGUAGES)
def test_forms_have_the_room_that_discord_and_telegram_give_them(code: str) -> None:
    forms = words.LANGUAGES[code].FORMS
    assert forms.keys() == {*words.ASKING, "about"}
    assert all(1 <= len(text) <= 45 for form in forms.values() for text in form)
    assert len(words.LANGUAGES[code].WHAT_ABOUT_THIS) <= 100
