"""Listening: the real aiogram, polling the sandbox."""

import json

import anyio
import pytest
from aiogram import Bot
from structlog.testing import capture_logs
from tests.platforms.telegram.kit import RecordingIntake, listening, options_for

from picklebot.errors import PlatformError, PlatformFatalError, StoppingError, StorageError, UnwritableError
from picklebot.model.message import Command
from picklebot.platforms.telegram.adapter import TelegramAdapter
from picklebot.platforms.telegram.hearing import HEARD
from picklebot.platforms.telegram.session import open_bot
from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox
from picklebot.supervision.supervisor import Supervisor


async def fail_to_listen(adapter: TelegramAdapter, intake: RecordingIntake) -> PlatformError:
    """Run an adapter that cannot, and give the reason."""
    with anyio.fail_after(10), pytest.raises(PlatformError) as caught:
        await adapter.run(intake, task_status=anyio.TASK_STATUS_IGNORED)
    return caught.value


async def test_a_message_arrives(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    assert adapter.health().state == "starting"
    async with listening(adapter, intake):
        assert adapter.health().state == "up"
        assert adapter.health().last_contact is not None
        tg.private(ann).say(ann, "hello")
        await intake.wait(lambda bus: bus.texts == ["hello"])
        await tg.wait_confirmed()
    assert intake.messages[0].address.bot_id == "123456"


async def test_started_means_polled_and_a_poll_is_long(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    async with listening(adapter, intake):
        [first] = [call for call in tg.calls if call.method == "getUpdates"]
        assert first.params["allowed_updates"] == json.dumps(HEARD)
        tg.private(ann).say(ann, "hello")
        second = await tg.wait_call("getUpdates", after=first.number)
        assert second.params["timeout"] == "20"
        assert "offset" not in second.params


async def test_what_was_said_while_nobody_listened_comes_first_and_in_order(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    for number in range(150):
        tg.private(ann).say(ann, f"{number}")
    async with listening(adapter, intake):
        await intake.wait(lambda bus: len(bus.messages) == 150)
    assert intake.texts == [str(number) for number in range(150)]


async def test_the_offset_moves_only_after_the_message_is_kept(
    tg: TelegramSandbox, bot: Bot, intake: RecordingIntake, ann: SandboxUser
) -> None:
    intake.gate = anyio.Event()
    tg.private(ann).say(ann, "keep me")
    async with anyio.create_task_group() as tasks:
        adapter = TelegramAdapter(bot, options_for(tg))
        tasks.start_soon(
            lambda: adapter.run(intake, task_status=anyio.TASK_STATUS_IGNORED), name="the one that is killed"
        )
        await intake.wait(lambda bus: bus.asked == 1)
        tasks.cancel_scope.cancel()
    assert len(tg.pending) == 1
    intake.gate.set()
    async with listening(TelegramAdapter(bot, options_for(tg)), intake):
        await intake.wait(lambda bus: bus.texts == ["keep me"])
        await tg.wait_confirmed()


async def test_what_cannot_be_kept_is_offered_again_and_shows_in_the_health(
    tg: TelegramSandbox, bot: Bot, intake: RecordingIntake, ann: SandboxUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("picklebot.platforms.telegram.poller._PAUSE", 0.01)
    intake.troubles = [StorageError("the disk is full")] * 5
    adapter = TelegramAdapter(bot, options_for(tg))
    async with listening(adapter, intake):
        with capture_logs() as logged:
            tg.private(ann).say(ann, "keep me")
            await intake.wait(lambda bus: bus.asked == 3)
        assert [line["log_level"] for line in logged] == ["error"]
        assert adapter.health().state == "retrying"
        assert "the disk is full" in adapter.health().detail
        assert len(tg.pending) == 1
        await intake.wait(lambda bus: bus.texts == ["keep me"])
        await tg.wait_confirmed()


@pytest.mark.requirement("P14")
async def test_what_comes_while_the_gateway_stops_is_left_to_the_next_start(
    tg: TelegramSandbox, bot: Bot, intake: RecordingIntake, ann: SandboxUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("picklebot.platforms.telegram.poller._PAUSE", 0.0)
    intake.troubles = [StoppingError("the gateway is stopping")]
    adapter = TelegramAdapter(bot, options_for(tg))
    async with listening(adapter, intake):
        tg.private(ann).say(ann, "too late")
        await intake.wait(lambda bus: bus.asked == 1)
        await anyio.wait_all_tasks_blocked()
        assert (intake.asked, adapter.health().state) == (1, "up")
    assert len(tg.pending) == 1
    async with listening(TelegramAdapter(bot, options_for(tg)), intake):
        await intake.wait(lambda bus: bus.texts == ["too late"])


@pytest.mark.requirement("P18")
@pytest.mark.parametrize("trouble", [RuntimeError("a bug"), UnwritableError("refused")])
async def test_a_message_that_breaks_the_bus_does_not_block_the_next(  # noqa: PLR0917 - fixtures
    tg: TelegramSandbox,
    adapter: TelegramAdapter,
    intake: RecordingIntake,
    ann: SandboxUser,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
) -> None:
    monkeypatch.setattr("picklebot.platforms.telegram.poller._PAUSE", 0.01)
    intake.troubles = [trouble] * 3
    tg.private(ann).say(ann, "poison")
    tg.private(ann).say(ann, "good")
    async with listening(adapter, intake):
        await intake.wait(lambda bus: bus.texts == ["good"])
        await tg.wait_confirmed()


async def test_a_broken_update_between_two_good_ones(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    chat = tg.private(ann)
    chat.say(ann, "one")
    tg.inject_update({"message": {"message_id": "no number", "text": 5}})
    tg.inject_update({"message": "not even an object"})
    tg.inject_update({"a_kind_of_next_year": {}})
    chat.say(ann, "two")
    async with listening(adapter, intake):
        await intake.wait(lambda bus: bus.texts == ["one", "two"])
        await tg.wait_confirmed()


async def test_ids_that_begin_anew_after_a_quiet_week(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    async with listening(adapter, intake):
        tg.private(ann).say(ann, "before")
        await intake.wait(lambda bus: len(bus.messages) == 1)
        await tg.wait_confirmed()
        tg.restart_update_ids(5)
        tg.private(ann).say(ann, "after")
        await intake.wait(lambda bus: bus.texts == ["before", "after"])
        await tg.wait_confirmed()


async def test_another_program_with_the_same_token(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake
) -> None:
    tg.fault("getUpdates", code=409, description="Conflict: terminated by other getUpdates request")
    error = await fail_to_listen(adapter, intake)
    assert not isinstance(error, PlatformFatalError)
    assert "another program polls with this token" in str(error)


async def test_a_refused_token_is_fatal_and_never_named(tg: TelegramSandbox, intake: RecordingIntake) -> None:
    token = "123456:somebody-elses-token-000000000000"
    options = options_for(tg, token=token)
    async with open_bot(options) as bot:
        error = await fail_to_listen(TelegramAdapter(bot, options), intake)
    assert isinstance(error, PlatformFatalError)
    assert "Telegram refused the token" in str(error)
    assert token not in str(error)
    assert token not in repr(options)


async def test_a_429_is_waited_for(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    tg.fault("getUpdates", retry_after=1)
    tg.private(ann).say(ann, "hello")
    async with listening(adapter, intake):
        await intake.wait(lambda bus: bus.texts == ["hello"])
    refused, answered = [call for call in tg.calls if call.method == "getUpdates"][:2]
    assert answered.at - refused.at >= 0.99


@pytest.mark.parametrize("kind", ["drop", "error"])
async def test_a_moment_of_trouble_is_not_worth_a_word(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser, kind: str
) -> None:
    tg.fault("getUpdates", kind=kind)
    tg.fault("getMe", kind=kind)
    tg.private(ann).say(ann, "hello")
    async with listening(adapter, intake):
        await intake.wait(lambda bus: bus.texts == ["hello"])


async def test_updates_whose_answer_was_lost_come_again(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    tg.private(ann).say(ann, "hello")
    tg.fault("getUpdates", kind="deliver_then_drop", times=2)
    async with listening(adapter, intake):
        await intake.wait(lambda bus: bus.texts == ["hello"])
        await tg.wait_confirmed()


async def test_an_outage_and_the_return(
    tg: TelegramSandbox,
    adapter: TelegramAdapter,
    intake: RecordingIntake,
    ann: SandboxUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("picklebot.platforms.telegram.patience.QUICK_PAUSES", (0.01,))
    supervisor = Supervisor(adapter, first_pause=0.05)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(supervisor.run, intake)
        with anyio.fail_after(10):
            await supervisor.settled.wait()
            async with tg.outage():
                while supervisor.health().state != "retrying":
                    await anyio.lowlevel.checkpoint()
                assert "was not reached" in supervisor.health().detail
                tg.private(ann).say(ann, "are you there?")
            await intake.wait(lambda bus: bus.texts == ["are you there?"])
        assert supervisor.health().state == "up"
        tasks.cancel_scope.cancel()


async def test_a_server_that_is_no_telegram(
    tg: TelegramSandbox, intake: RecordingIntake, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_for(tg, api_base_url=tg.base_url + "/elsewhere")
    async with open_bot(options) as bot:
        assert "makes no sense" in str(await fail_to_listen(TelegramAdapter(bot, options), intake))


async def test_a_webhook_is_removed_and_what_waited_for_it_is_heard(
    tg: TelegramSandbox, bot: Bot, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    await bot.set_webhook("http://127.0.0.1:9/nowhere")
    tg.private(ann).say(ann, "hello")
    async with listening(adapter, intake):
        await intake.wait(lambda bus: bus.texts == ["hello"])
    call = await tg.wait_call("deleteWebhook")
    assert "drop_pending_updates" not in call.params


async def test_a_group_in_privacy_mode(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    group = tg.group(-1001000000001, "Friends", members=[ann, tg.user(7, "Other", "other_bot", is_bot=True)])
    group.say(ann, "nobody tells the bot")
    group.say(ann, "@pickle_bot nor this")
    group.say(ann, "/new")
    group.say(ann, "/new@other_bot")
    group.say(ann, "/ask@pickle_bot what is up?")
    group.say(ann, "/help@pickle_bot")
    async with listening(adapter, intake):
        await intake.wait(lambda bus: len(bus.messages) == 2)
    asked, helped = intake.messages
    assert (asked.text, asked.command, asked.spoken_to) == ("what is up?", None, True)
    assert helped.command == Command("help")
    assert helped.address.reply_to == helped.message_id


async def test_a_forum_topic_a_sticker_and_an_anonymous_admin(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    forum = tg.group(-1001000000002, "Forum", forum=True, members=[ann])
    forum.make_admin()
    topic = forum.topic("News")
    forum.say(ann, "in the topic", thread=topic)
    forum.send_file(ann, "sticker", b"webp")
    forum.say(forum, "as the group")
    async with listening(adapter, intake):
        await intake.wait(lambda bus: len(bus.messages) == 3)
    in_topic, sticker, anonymous = intake.messages
    assert in_topic.address.thread_id == str(topic)
    assert [attachment.kind for attachment in sticker.attachments] == ["sticker"]
    assert sticker.address.thread_id is None
    assert anonymous.sender.user_id == "-1001000000002"
    assert not any(message.spoken_to for message in intake.messages)


async def test_a_paste_of_60_kib(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    pasted = tg.private(ann).paste(ann, "word " * 12_288)
    async with listening(adapter, intake):
        await intake.wait(lambda bus: len(bus.messages) == len(pasted))
    assert "".join(intake.texts).split() == ["word"] * 12_288


async def test_what_cannot_be_kept_together_is_kept_side_by_side(
    tg: TelegramSandbox, bot: Bot, intake: RecordingIntake, ann: SandboxUser
) -> None:
    intake.gate = anyio.Event()
    for user in (ann, tg.user(1002, "Bob")):
        tg.private(user).say(user, f"{user.name} says one")
        tg.private(user).say(user, f"{user.name} says two")
    async with anyio.create_task_group() as tasks:
        adapter = TelegramAdapter(bot, options_for(tg))
        tasks.start_soon(lambda: adapter.run(intake, task_status=anyio.TASK_STATUS_IGNORED))
        await intake.wait(lambda bus: bus.asked == 2)
        intake.gate.set()
        await intake.wait(lambda bus: len(bus.messages) == 4)
        tasks.cancel_scope.cancel()
    for name in ("Ann", "Bob"):
        assert [text for text in intake.texts if name in text] == [f"{name} says one", f"{name} says two"]
