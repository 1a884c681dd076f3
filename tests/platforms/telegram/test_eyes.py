"""👀 under questions in groups, through the real aiogram."""

from datetime import UTC, datetime

from aiogram import Bot
from tests.platforms.telegram.kit import Notes, RecordingIntake, listening, options_for, parcel_to

from picklebot.model.events import Final
from picklebot.platforms.telegram.adapter import TelegramAdapter
from picklebot.platforms.telegram.frontend import TelegramFrontend
from picklebot.replies.eyes import EYES, Seen
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox

GROUP = -1000000000987


async def test_a_question_in_a_group_is_seen_until_it_is_answered(
    tg: TelegramSandbox, bot: Bot, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    group = tg.group(GROUP, "Picklers", members=[ann])
    async with listening(adapter, intake):
        asked = group.say(ann, "/ask hello")
        await group.wait_for(lambda it: it.id == asked.id and it.reactions == (EYES,))
        frontend = Seen(TelegramFrontend(bot, options_for(tg)), adapter.eyes)
        parcel = parcel_to(group, reply_to=asked)
        await frontend.render(parcel, ReplyStream.of(Final("hello!")), Notes())
        await tg.wait_call("setMessageReaction", where=lambda call: call.params["reaction"] == "[]")
        await group.wait_for(lambda it: it.id == asked.id and not it.reactions)


async def test_several_at_once_are_seen_and_a_private_question_is_not(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    group, private = tg.group(GROUP, "Picklers", members=[ann]), tg.private(ann)
    private.say(ann, "hello")
    asked = [group.say(ann, f"/ask {number}") for number in range(3)]
    async with listening(adapter, intake):
        for each in asked:
            await group.wait_for(lambda it, each=each: it.id == each.id and it.reactions == (EYES,))
    assert {call.params["chat_id"] for call in tg.calls if call.method == "setMessageReaction"} == {
        str(GROUP)
    }


async def test_a_refused_reaction_changes_nothing_and_is_not_asked_for_again(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    group = tg.group(GROUP, "Picklers", members=[ann])
    tg.fault("setMessageReaction", code=400, description="Bad Request: REACTION_INVALID")
    async with listening(adapter, intake):
        group.say(ann, "/ask one")
        first = await tg.wait_call("setMessageReaction")
        group.say(ann, "/ask two")
        await intake.wait(lambda bus: bus.texts == ["one", "two"])
        adapter.eyes.close(intake.messages[0].address, datetime.fromtimestamp(0, UTC))
        closed = await tg.wait_call("setMessageReaction", after=first.number)
    assert closed.params["reaction"] == "[]"
