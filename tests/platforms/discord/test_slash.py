"""Slash commands: registered once, deferred at once, answered in their place, or in the chat when it is late."""

from dataclasses import replace

import anyio
import pytest
from tests.platforms.discord.kit import Notes, listening, options_for

from picklebot.errors import StoppingError, StorageError, UnwritableError
from picklebot.model import words
from picklebot.model.events import Final, TextDelta
from picklebot.model.message import ChatKind, Command
from picklebot.model.parcel import Parcel
from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.platforms.discord.interaction import InteractionHandle
from picklebot.ports.platform import Receipt
from picklebot.replies.stream import ReplyStream
from picklebot.testing.memory import DictMemory

COMMANDS = "PUT /applications/*/commands"
CALLBACK = "POST /interactions/*/callback"


@pytest.fixture
async def frontend(dc, adapter, intake):
    async with listening(adapter, intake):
        await dc.wait_call(COMMANDS)
        yield adapter.frontend


async def taken(intake, count: int = 1):
    """The newest message once there are so many."""
    await intake.wait(lambda bus: len(bus.messages) == count)
    return intake.messages[-1]


def parcel_for(message) -> Parcel:
    return Parcel("p1", "s1", message.address, message.sent_at)


async def answer(frontend, parcel, text: str, notes: Notes | None = None) -> None:
    with anyio.fail_after(10):
        await frontend.render(parcel, ReplyStream.of(Final(text)), notes or Notes())


async def test_they_are_registered_only_when_they_changed(dc, intake):
    for _ in range(2):
        before = len(dc.calls)
        async with listening(DiscordAdapter(options_for(dc), DictMemory()), intake):
            await dc.wait_call("GET /applications/*/commands", after=before)
            await dc.wait_call(COMMANDS)
    assert len(dc.calls_of(COMMANDS)) == 1
    assert {command["name"] for command in dc.commands()} == {*words.COMMANDS, words.ASK_ABOUT_THIS}


async def test_they_are_explained_in_every_language_and_offered_where_they_are_of_use(dc, frontend):
    offered = {command["name"]: command for command in dc.commands()}
    german = words.LANGUAGES["de"]
    assert offered["new"]["description_localizations"] == {"de": german.COMMANDS["new"]}
    [blank] = offered["title"]["options"]
    assert (blank["name"], blank["name_localizations"]) == ("title", {"de": "titel"})
    assert blank["description_localizations"] == {"de": german.BLANKS["title"][1]}
    assert [name for name, it in offered.items() if it.get("default_member_permissions") == "0"] == [
        *words.FOR_OPERATORS
    ]
    assert [name for name, it in offered.items() if it["contexts"] == [1]] == [*words.IN_PRIVATE_ONLY]


async def test_what_is_said_to_a_command_is_said_in_its_persons_language(dc, frontend, intake, general):
    dieter = dc.user(77, "Dieter", locale="de")
    intake.receipt = Receipt.FULL
    used = dc.slash(dieter, general, "new")
    assert (await taken(intake)).address.language == "de"
    assert (await dc.wait_answer(used)).text == words.LANGUAGES["de"].LANE_FULL


async def test_a_command_is_deferred_kept_and_answered_to_its_person_alone(
    dc, frontend, intake, ann, general
):
    used = dc.slash(ann, general, "new")
    message = await taken(intake)
    assert (message.command, message.spoken_to, message.text) == (Command("new"), True, "/new")
    assert (message.address.chat_id, message.address.chat_kind) == ("2", ChatKind.GROUP)
    assert (message.sender.user_id, message.message_id) == ("1001", str(used.id))
    await answer(frontend, parcel_for(message), "A new conversation begins.")
    assert (used.answer.text, used.answer.ephemeral) == ("A new conversation begins.", True)
    assert len(general.messages) == 1


async def test_a_switch_is_the_word_that_follows_the_command_elsewhere(dc, frontend, intake, ann, general):
    dc.slash(ann, general, "stop", {"all": True})
    message = await taken(intake)
    assert (message.command, message.text) == (Command("stop", "all"), "/stop all")
    dc.slash(ann, general, "stop")
    assert (await taken(intake, 2)).command == Command("stop")


async def test_a_question_is_answered_for_all_to_see_as_it_grows(dc, frontend, intake, ann, general):
    used = dc.slash(ann, general, "ask", {"question": "what grows here?"})
    message = await taken(intake)
    assert (message.command, message.text) == (None, "what grows here?")
    stream, notes = ReplyStream(), Notes()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(frontend.render, parcel_for(message), stream, notes)
        stream.push(TextDelta("Roses and tulips and all kinds of"))
        await dc.wait_answer(used)
        stream.push(Final("Roses and tulips and all kinds of herbs."))
    assert [version.text for version in used.answer.versions][1:] == [
        "Roses and tulips and all kinds of",
        "Roses and tulips and all kinds of herbs.",
    ]
    assert not used.answer.ephemeral
    assert notes.posted == {0: str(used.answer.id)}
    assert general.messages == [used.answer]


async def test_a_long_answer_goes_on_in_the_channel(dc, frontend, intake, ann, general):
    used = dc.slash(ann, general, "ask", {"question": "all of it"})
    parcel = parcel_for(await taken(intake))
    text, notes = "word " * 700, Notes()
    await answer(frontend, parcel, text, notes)
    assert general.messages[0] is used.answer
    assert "".join(message.text + " " for message in general.messages).split() == text.split()
    again = Parcel(parcel.id, "s1", parcel.address, parcel.created_at, posted=notes.ids)
    await answer(frontend, again, "short after all", notes)
    assert [message.text for message in general.messages] == ["short after all"]


async def test_in_direct_messages_and_threads(dc, frontend, intake, ann, general):
    used = dc.slash(ann, dc.dm(ann), "whoami")
    message = await taken(intake)
    assert message.address.chat_kind is ChatKind.PRIVATE
    await answer(frontend, parcel_for(message), "You are Ann")
    assert (used.answer.text, used.answer.ephemeral) == ("You are Ann", False)
    thread = general.thread("topic", ann, thread_id=21)
    dc.slash(ann, thread, "ask", {"question": "and here?"})
    message = await taken(intake, 2)
    assert (message.address.chat_id, message.address.thread_id) == ("2", "21")


async def test_a_late_answer_goes_to_the_channel(dc, frontend, intake, ann, general):
    used = dc.slash(ann, general, "ask", {"question": "take your time"})
    parcel = parcel_for(await taken(intake))
    dc.advance(901)
    await answer(frontend, parcel, "at last")
    assert [message.text for message in general.messages] == ["", "at last"]
    assert used.answer is None


async def test_a_token_that_is_known_to_be_late_is_not_used(dc, frontend, intake, ann, general):
    dc.slash(ann, general, "ask", {"question": "take your time"})
    message = await taken(intake)
    handle = InteractionHandle.read(message.address.interaction)
    an_hour_ago = str(int(handle.id) - (3_600_000 << 22))
    late = replace(message.address, interaction=replace(handle, id=an_hour_ago).text)
    await answer(frontend, Parcel("p1", "s1", late, message.sent_at), "at last")
    assert general.messages[-1].text == "at last"
    assert dc.calls_of("PATCH /webhooks/*") == []


async def test_a_late_answer_for_one_person_goes_to_them(dc, frontend, intake, ann, general):
    dc.slash(ann, general, "whoami")
    parcel = parcel_for(await taken(intake))
    dc.advance(901)
    await answer(frontend, parcel, "You are Ann")
    assert [message.text for message in dc.dm(ann).messages] == ["You are Ann"]


async def test_an_answer_that_was_begun_in_time_ends_late(dc, frontend, intake, ann, general):
    used = dc.slash(ann, general, "ask", {"question": "take your time"})
    parcel = parcel_for(await taken(intake))
    stream = ReplyStream()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(frontend.render, parcel, stream, Notes())
        stream.push(TextDelta("A beginning that is worth showing"))
        await dc.wait_answer(used)
        dc.advance(901)
        stream.push(Final("A beginning that is worth showing, and its end."))
    assert [message.text for message in general.messages] == [
        "A beginning that is worth showing, and its end."
    ]


async def test_an_answer_that_was_taken_away_comes_anew(dc, frontend, intake, ann, general):
    used = dc.slash(ann, general, "ask", {"question": "hm"})
    parcel = parcel_for(await taken(intake))
    thinking = await general.wait_for(lambda message: message.loading)
    general.delete(thinking)
    await answer(frontend, parcel, "all the same")
    assert [message.text for message in general.messages] == ["all the same"]
    assert used.answer is None or used.answer.deleted


async def test_the_first_answer_is_tried_again_and_given_once(dc, frontend, intake, ann, general):
    dc.fault(CALLBACK, drop="after")
    used = dc.slash(ann, general, "ask", {"question": "are you there?"})
    await taken(intake)
    assert used.acknowledged
    assert len(general.messages) == 1


async def test_a_command_that_was_deferred_too_late_is_not_carried_out(dc, frontend, intake, ann, general):
    dc.fault(CALLBACK, status=404, code=10062)
    dc.slash(ann, general, "new")
    await dc.wait_call(CALLBACK)
    general.say(ann, "after", mentions_bot=True)
    assert (await taken(intake)).text == "after"


async def test_commands_and_messages_of_a_channel_keep_their_order(dc, frontend, intake, ann, general):
    dc.fault(CALLBACK, delay=0.1)
    dc.slash(ann, general, "new")
    general.say(ann, "hello", mentions_bot=True)
    await taken(intake, 2)
    assert intake.texts == ["/new", "hello"]


async def test_thinking_ends_where_no_reply_comes(dc, frontend, intake, ann, general):
    intake.receipt = Receipt.REFUSED
    used = dc.slash(ann, general, "ask", {"question": "may I?"})
    assert "1001" in (await dc.wait_answer(used)).text
    intake.receipt = Receipt.FULL
    assert (await dc.wait_answer(dc.slash(ann, general, "new"))).text == words.LANE_FULL
    intake.receipt = Receipt.IGNORED
    dc.slash(ann, general, "start")
    await dc.wait_call("DELETE /webhooks/*/messages/*")


@pytest.mark.requirement("S0.5")
async def test_a_stranger_is_refused_for_their_eyes_alone(dc, frontend, intake, ann, general):
    intake.strangers.add("1001")
    for used in (
        dc.slash(ann, general, "ask", {"question": "may I?"}),
        dc.slash(ann, general, "ask"),
    ):
        told = await dc.wait_answer(used)
        assert told.ephemeral
        assert told.text == words.NOT_ADMITTED.format(platform="Discord", user_id="1001")
    assert intake.asked == 0


async def test_a_channel_in_which_it_does_not_listen_is_told_so(dc, intake, ann, general):
    adapter = DiscordAdapter(options_for(dc, channel_ids=frozenset({"77"})), DictMemory())
    async with listening(adapter, intake):
        await dc.wait_call(COMMANDS)
        told = await dc.wait_answer(dc.slash(ann, general, "new"))
        assert (told.text, told.ephemeral) == (words.NOT_HERE, True)
        assert intake.asked == 0


async def test_a_command_that_finds_no_room_is_told_so(dc, intake, ann, general, monkeypatch):
    monkeypatch.setattr("picklebot.platforms.discord.listener.ROOM", 1)
    async with listening(DiscordAdapter(options_for(dc), DictMemory()), intake):
        await dc.wait_call(COMMANDS)
        intake.gate = anyio.Event()
        general.say(ann, "hello", mentions_bot=True)
        await intake.wait(lambda bus: bus.asked == 1)
        told = await dc.wait_answer(dc.slash(ann, general, "new"))
        assert (told.text, told.ephemeral) == (words.LANE_FULL, True)
        intake.gate.set()
        await taken(intake)
    assert intake.texts == ["hello"]


async def test_a_command_is_kept_once_storage_is_back(dc, frontend, intake, ann, general):
    intake.troubles = [StorageError("busy")]
    dc.slash(ann, general, "new")
    assert (await taken(intake)).command == Command("new")
    assert intake.asked == 2


@pytest.mark.parametrize("trouble", [[StoppingError("stopping")], [UnwritableError("refused")] * 3])
@pytest.mark.usefixtures("frontend")
async def test_a_command_that_is_not_taken_is_not_left_thinking(dc, intake, ann, general, trouble):
    intake.troubles = trouble
    told = await dc.wait_answer(dc.slash(ann, general, "new"))
    assert told.text == words.NOT_TAKEN


async def test_without_commands_it_works_too(dc, adapter, intake, ann):
    dc.fault(COMMANDS, status=403, code=50001)
    async with listening(adapter, intake):
        await dc.wait_call(COMMANDS)
        dc.dm(ann).say(ann, "hello")
        await taken(intake)
