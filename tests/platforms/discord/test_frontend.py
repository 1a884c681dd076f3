"""Showing replies: the real REST client on the sandbox."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import anyio
import pytest
from tests.platforms.discord.kit import Notes, listening, options_for, parcel_to

from picklebot.errors import DeliveryDelayedError, DeliveryImpossibleError
from picklebot.model.events import Final, TextDelta, ToolFinished, ToolStarted
from picklebot.model.parcel import Parcel
from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.platforms.discord.addresses import DiscordAddresses
from picklebot.platforms.discord.surface import SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS
from picklebot.replies import typing
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.discord.mentions import NOBODY
from picklebot.testing.memory import DictMemory

LONG = "\n".join(f"{number}: " + "word " * 30 for number in range(40))
MESSAGES = "POST /channels/*/messages"
TYPING = "POST /channels/*/typing"


@pytest.fixture
async def frontend(adapter, intake):
    async with listening(adapter, intake):
        yield adapter.frontend


async def show(frontend, parcel, text: str, notes: Notes | None = None) -> None:
    with anyio.fail_after(20):
        await frontend.render(parcel, ReplyStream.of(Final(text)), notes or Notes())


@pytest.mark.requirement("S0.12")
async def test_one_message_is_posted_and_edited_to_its_end(dc, frontend, ann, general):
    asked = general.say(ann, "tell me", mentions_bot=True)
    stream, notes = ReplyStream(), Notes()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(frontend.render, parcel_to(general, reply_to=asked), stream, notes)
        await dc.wait_call("POST /channels/*/typing")
        stream.push(TextDelta("Once upon a time there was a"))
        stream.push(TextDelta(" garden"))
        await general.next_reply(asked)
        stream.push(ToolStarted("t1", "look", "looking at the flowers"))
        await general.wait_for(lambda message: "looking at the flowers" in message.text)
        stream.push(ToolFinished("t1", "look", True))
        stream.push(Final("Once upon a time there was a garden. The end."))
    [_, reply] = general.messages
    assert reply.text == "Once upon a time there was a garden. The end."
    assert reply.reply_to == asked.id
    assert reply.flags & SUPPRESS_EMBEDS
    assert notes.posted == {0: str(reply.id)}
    assert len(dc.calls_of(MESSAGES)) == 1


async def test_a_sign_of_typing_that_is_given_up_holds_back_no_other_call(
    dc, frontend, ann, general, monkeypatch
):
    """discord.py holds all calls while one of them waits for a limit of all, and would do so for ever."""
    monkeypatch.setattr(typing, "_PATIENCE", 0.1)
    dc.fault(TYPING, status=429, retry_after=1.0, everything=True)
    stream = ReplyStream()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(frontend.render, parcel_to(general), stream, Notes())
        await dc.wait_call(TYPING)
        await anyio.sleep(0.3)
        stream.push(Final("here it is"))
        with anyio.fail_after(10):
            await general.wait_for(lambda message: message.text == "here it is")


async def test_the_demo_sentence_comes_out_as_it_went_in(dc, frontend, ann):
    said = 'You said: a*b_c. This is message 2 of our conversation, which began with "# hi `x`".'
    await show(frontend, parcel_to(dc.dm(ann)), said)
    [reply] = dc.dm(ann).messages
    assert (reply.text, reply.reply_to) == (said, None)


async def test_nobody_is_pinged(dc, frontend, ann, general):
    asked = general.say(ann, "ping all", mentions_bot=True)
    text = f"@everyone @here {ann.mention} <@&1>"
    await show(frontend, parcel_to(general, reply_to=asked), text)
    reply = general.messages[-1]
    assert reply.text == text
    assert reply.pinged == NOBODY
    await show(frontend, parcel_to(general, reply_to=asked, posted=(str(reply.id),)), f"edited {text}")
    assert reply.text.startswith("edited")
    assert not reply.mentions.users


async def test_a_reply_in_a_thread_goes_there(dc, frontend, ann, general):
    thread = general.thread("topic", ann, thread_id=21)
    asked = thread.say(ann, "hello", mentions_bot=True)
    await show(frontend, parcel_to(thread, reply_to=asked), "in the thread")
    assert (thread.messages[-1].text, len(general.messages)) == ("in the thread", 0)


async def test_a_long_answer_goes_on_in_further_messages(dc, frontend, ann):
    notes = Notes()
    await show(frontend, parcel_to(dc.dm(ann)), LONG, notes)
    parts = dc.dm(ann).messages
    assert len(parts) > 1
    assert all(len(part.text) <= 2000 for part in parts)
    assert "\n".join(part.text for part in parts).split() == LONG.split()
    assert notes.ids == tuple(str(part.id) for part in parts)


async def test_what_is_posted_already_is_edited_and_what_is_too_much_removed(dc, frontend, ann):
    notes = Notes()
    await show(frontend, parcel_to(dc.dm(ann)), LONG, notes)
    await show(frontend, parcel_to(dc.dm(ann), posted=notes.ids), "short after all", notes)
    assert [message.text for message in dc.dm(ann).messages] == ["short after all"]


async def test_a_message_that_was_deleted_is_posted_anew(dc, frontend, ann, general):
    notes = Notes()
    await show(frontend, parcel_to(general), "first", notes)
    general.delete(general.messages[0])
    await show(frontend, parcel_to(general, posted=notes.ids), "second", notes)
    assert [message.text for message in general.messages] == ["second"]
    assert notes.ids == (str(general.messages[0].id),)


async def test_delivered_and_dropped_is_not_posted_twice(dc, frontend, ann, general):
    dc.fault(MESSAGES, drop="after")
    parcel = parcel_to(general)
    with pytest.raises(DeliveryDelayedError) as caught:
        await show(frontend, parcel, "the answer")
    assert caught.value.maybe_done
    await show(frontend, parcel, "the answer")
    assert [message.text for message in general.messages] == ["the answer"]


async def test_a_preview_that_was_delivered_and_dropped_ends_as_the_answer(dc, frontend, ann, general):
    dc.fault(MESSAGES, drop="after")
    stream = ReplyStream()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(frontend.render, parcel_to(general), stream, Notes())
        stream.push(TextDelta("A beginning that is worth showing "))
        await dc.wait_call(MESSAGES)
        stream.push(Final("A beginning that is worth showing and its end."))
    assert [message.text for message in general.messages] == [
        "A beginning that is worth showing and its end."
    ]


async def test_other_parts_and_other_parcels_have_other_nonces(dc, frontend, ann):
    await show(frontend, parcel_to(dc.dm(ann)), LONG)
    await show(frontend, parcel_to(dc.dm(ann), parcel_id="p2"), "more")
    nonces = [call.body["nonce"] for call in dc.calls_of(MESSAGES)]
    assert len(set(nonces)) == len(nonces) > 2
    assert all(len(nonce) <= 25 for nonce in nonces)


async def test_a_closed_direct_message_is_impossible(dc, frontend, ann):
    channel = dc.dm(ann)
    ann.dms_open = False
    with pytest.raises(DeliveryImpossibleError, match="50007"):
        await show(frontend, parcel_to(channel), "hello")


async def test_where_replies_are_forbidden_it_is_a_plain_message(dc, frontend, ann, general):
    asked = general.say(ann, "hello", mentions_bot=True)
    dc.fault(MESSAGES, status=400, code=160002)
    await show(frontend, parcel_to(general, reply_to=asked), "all the same")
    assert (general.messages[-1].text, general.messages[-1].reply_to) == ("all the same", None)


async def test_a_question_that_was_deleted_is_answered_all_the_same(dc, frontend, ann, general):
    asked = general.say(ann, "hello", mentions_bot=True)
    general.delete(asked)
    await show(frontend, parcel_to(general, reply_to=asked), "all the same")
    assert general.messages[-1].text == "all the same"


async def test_after_a_restart_a_channel_that_nobody_told_of_is_reached(dc, ann, intake):
    dc.dm(ann).say(ann, "hello")
    for text in ("one", "two"):
        adapter = DiscordAdapter(options_for(dc), DictMemory())
        async with listening(adapter, intake):
            await show(adapter.frontend, replace(parcel_to(dc.dm(ann)), id=text), text)
    assert [message.text for message in dc.dm(ann).messages] == ["hello", "one", "two"]


async def test_it_waits_for_the_connection(dc, adapter, intake, ann):
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(show, adapter.frontend, parcel_to(dc.dm(ann)), "at last")
        async with listening(adapter, intake):
            await dc.dm(ann).wait_for(lambda message: message.text == "at last")


async def test_an_outage_delays_and_the_return_delivers(dc, frontend, ann):
    async with dc.outage():
        with pytest.raises(DeliveryDelayedError):
            await show(frontend, parcel_to(dc.dm(ann)), "hello")
    await show(frontend, parcel_to(dc.dm(ann)), "hello")
    assert [message.text for message in dc.dm(ann).messages] == ["hello"]


async def test_with_streaming_off_only_the_whole_answer_is_shown(dc, intake, ann):
    adapter = DiscordAdapter(options_for(dc, previews=False, link_previews=True), DictMemory())
    stream = ReplyStream()
    stream.push(TextDelta("a beginning that would be worth showing"))
    stream.push(Final("all of it"))
    async with listening(adapter, intake):
        await adapter.frontend.render(parcel_to(dc.dm(ann)), stream, Notes())
    [reply] = dc.dm(ann).messages
    assert [version.text for version in reply.versions] == ["all of it"]
    assert not reply.flags & SUPPRESS_EMBEDS


@pytest.mark.slow
async def test_where_limits_are_enforced_the_whole_answer_comes_without_a_refusal(intake):
    async with DiscordSandbox.start(enforce_limits=True) as dc:
        general, stream = dc.guild(1, "Garden").channel(2, "general"), ReplyStream()
        adapter = DiscordAdapter(options_for(dc), DictMemory())
        async with listening(adapter, intake), anyio.create_task_group() as tasks:
            tasks.start_soon(adapter.frontend.render, parcel_to(general), stream, Notes())
            for number in range(8):
                stream.push(TextDelta(f"{number} and then some more of the same, "))
                await general.wait_for(lambda message, number=number: f"{number} and" in message.text, 20)
            stream.push(Final("all of it"))
        assert [message.text for message in general.messages] == ["all of it"]
        assert not [call for call in dc.calls if call.status == 429]


@pytest.mark.requirement("S0.9")
async def test_somebody_who_never_wrote_is_spoken_to_in_a_channel_opened_for_it(dc, frontend, ann):
    address = DiscordAddresses(dc.token).person(str(ann.id))
    parcel = Parcel("p1", "s1", address, datetime.now(UTC), "Good morning!")
    await show(frontend, parcel, "Good morning!")
    assert [message.text for message in dc.dm(ann).messages] == ["Good morning!"]


@pytest.mark.requirement("S0.12")
async def test_a_tool_is_told_of_silently_and_goes_when_the_answer_starts(dc, frontend, ann, general):
    asked = general.say(ann, "look", mentions_bot=True)
    stream, doing = ReplyStream(), "looking at the flowers …"
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(frontend.render, parcel_to(general, reply_to=asked), stream, Notes())
        stream.push(ToolStarted("t1", "look", "looking at the flowers"))
        line = await general.wait_for(lambda message: message.text == doing)
        assert line.flags & SUPPRESS_NOTIFICATIONS
        stream.push(Final("There are roses."))
    said = [(message.text, message.reply_to) for message in general.messages[1:]]
    assert said == [("There are roses.", asked.id)]


@pytest.mark.requirement("P21")
@pytest.mark.requirement("S0.12")
@pytest.mark.parametrize("begun", [True, False])
async def test_who_waited_for_over_a_minute_is_the_only_one_who_is_pinged(dc, frontend, ann, general, begun):
    bob = dc.user(1002, "Bob")
    asked = general.say(ann, "think hard", mentions_bot=True)
    parcel = replace(parcel_to(general, reply_to=asked), created_at=datetime.now(UTC) - timedelta(seconds=61))
    stream = ReplyStream()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(frontend.render, parcel, stream, Notes())
        if begun:
            stream.push(TextDelta(f"{bob.mention} knows more about this than I do"))
            await general.next_reply(asked)
        stream.push(Final(f"{bob.mention} knows more about this than I do, @everyone."))
    rung = [message.pinged.users for message in general.messages[1:]]
    assert rung == ([(), (ann.id,)] if begun else [(ann.id,)]), rung
    assert not any(message.pinged.everyone for message in general.messages)
    assert general.messages[-1].reply_to == asked.id


async def test_what_follows_the_first_message_is_silent(dc, frontend, ann):
    await show(frontend, parcel_to(dc.dm(ann)), LONG)
    first, *others = dc.dm(ann).messages
    assert not first.flags & SUPPRESS_NOTIFICATIONS
    assert all(message.flags & SUPPRESS_NOTIFICATIONS for message in others)


async def test_an_answer_of_many_messages_comes_as_a_file_too(dc, frontend, ann):
    direct = dc.dm(ann)
    await show(frontend, parcel_to(direct), "# Dill\n\n" + "word " * 2_500)
    *texts, last = direct.messages
    assert all(it.text for it in texts)
    [file] = last.attachments
    assert file.filename == "answer.md"
