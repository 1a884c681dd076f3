"""Listening: the real discord.py on the sandbox."""

import anyio
import pytest
from tests.platforms.discord.kit import listening, options_for

from picklebot.errors import PlatformError, PlatformFatalError, StoppingError, StorageError
from picklebot.model.message import ChatKind, Command
from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.sandbox.discord import DiscordSandbox
from picklebot.supervision.supervisor import Supervisor
from picklebot.testing.intake import RecordingIntake
from picklebot.testing.memory import DictMemory


async def fail_to_listen(adapter: DiscordAdapter, intake: RecordingIntake) -> PlatformError:
    """Run an adapter that cannot, and give the reason."""
    with anyio.fail_after(10), pytest.raises(PlatformError) as caught:
        await adapter.run(intake, task_status=anyio.TASK_STATUS_IGNORED)
    return caught.value


async def health_of(adapter: DiscordAdapter, state: str) -> None:
    """Return when the adapter says so."""
    with anyio.fail_after(5):
        while adapter.health().state != state:
            await anyio.lowlevel.checkpoint()


async def end_by(adapter: DiscordAdapter, intake: RecordingIntake, cause) -> PlatformError:
    """Let something end an adapter that listens, and give the reason that it tells."""
    reasons: list[PlatformError] = []

    async def run(*, task_status) -> None:
        try:
            await adapter.run(intake, task_status=task_status)
        except PlatformError as error:
            reasons.append(error)
        tasks.cancel_scope.cancel()

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            await tasks.start(run)
            await cause()
    return reasons[0]


async def test_a_direct_message_arrives(dc, adapter, intake, ann):
    assert adapter.health().state == "starting"
    async with listening(adapter, intake):
        assert adapter.health().state == "up"
        assert adapter.health().last_contact is not None
        said = dc.dm(ann).say(ann, "hello")
        await intake.wait(lambda bus: bus.texts == ["hello"])
    [message] = intake.messages
    assert message.address.bot_id == str(dc.bot.id)
    assert (message.address.chat_kind, message.address.chat_id) == (
        ChatKind.PRIVATE,
        str(said.channel.id),
    )
    assert (message.sender.user_id, message.sender.name, message.sender.is_bot) == ("1001", "Ann", False)
    assert (message.message_id, message.address.reply_to, message.spoken_to) == (
        str(said.id),
        str(said.id),
        True,
    )
    assert abs(message.sent_at.timestamp() - said.created_at) < 1
    await dc.gateway.wait_disconnected()


async def test_who_speaks_to_the_bot_in_a_channel(dc, adapter, intake, ann, general):
    async with listening(adapter, intake):
        general.say(ann, "to nobody")
        asked = general.say(ann, "hello", mentions_bot=True)
        general.say(ann, "/new please", mentions_bot=True)
        general.say(ann, "/new")
        general.say(dc.user(2002, "Robot", bot=True), "I am a bot", mentions_bot=True)
        await intake.wait(lambda bus: len(bus.messages) == 5)
    first, second, third, fourth, fifth = intake.messages
    assert (first.text, first.spoken_to) == ("to nobody", False)
    assert (second.text, second.spoken_to) == ("hello", True)
    assert (second.address.chat_id, second.address.thread_id) == ("2", None)
    assert second.address.chat_kind is ChatKind.GROUP
    assert second.address.reply_to == str(asked.id)
    assert third.command == Command("new", "please")
    assert (fourth.command, fourth.spoken_to) == (None, False)
    assert fifth.sender.is_bot


async def test_a_reply_to_the_bot_speaks_to_it(dc, adapter, intake, ann, general):
    async with listening(adapter, intake):
        rest = await adapter._line.rest()
        await rest.send("2", {"content": "mine"}, "n1")
        general.say(ann, "to that", reply_to=general.messages[-1], ping_reply=False)
        await intake.wait(lambda bus: bus.texts == ["to that"])
    assert intake.messages[0].spoken_to


async def test_a_thread_counts_by_its_channel(dc, intake, ann, general):
    adapter = DiscordAdapter(options_for(dc, channel_ids=frozenset({"2"})), DictMemory())
    other = dc.guild(1, "Garden").channel(3, "other")
    early = general.thread("early", ann, thread_id=21)
    async with listening(adapter, intake):
        late = general.thread("late", ann, thread_id=22)
        for channel in (other, other.thread("elsewhere", ann, thread_id=31), early, late):
            channel.say(ann, f"in {channel.name}", mentions_bot=True)
        dc.dm(ann).say(ann, "in private")
        await intake.wait(lambda bus: len(bus.messages) == 3)
    places = {
        message.text: (message.address.chat_id, message.address.thread_id) for message in intake.messages[:2]
    }
    assert places == {"in early": ("2", "21"), "in late": ("2", "22")}
    assert intake.messages[2].text == "in private"


async def test_a_thread_that_the_gateway_did_not_tell_of_is_asked_for(dc, adapter, intake, ann, general):
    async with listening(adapter, intake):
        thread = general.thread("old", ann, thread_id=21)
        dc.gateway.inject("THREAD_DELETE", {"id": "21", "guild_id": "1", "parent_id": "2", "type": 11})
        for text in ("one", "two"):
            thread.say(ann, text, mentions_bot=True)
        await intake.wait(lambda bus: bus.texts == ["one", "two"])
    assert {(m.address.chat_id, m.address.thread_id) for m in intake.messages} == {("2", "21")}
    assert len(dc.calls_of("GET /channels/*")) == 1


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picklebot.platforms.discord.refusals._SERVER_PAUSE", 0.01)


@pytest.mark.requirement("P1")
@pytest.mark.usefixtures("hurried")
async def test_a_message_waits_until_its_thread_can_be_asked_for(dc, adapter, intake, ann, general):
    async with listening(adapter, intake):
        thread = general.thread("old", ann, thread_id=21)
        dc.gateway.inject("THREAD_DELETE", {"id": "21", "guild_id": "1", "parent_id": "2", "type": 11})
        dc.fault("GET /channels/*", 10, drop="before")
        thread.say(ann, "still here", mentions_bot=True)
        await intake.wait(lambda bus: bus.texts == ["still here"])


async def test_order_is_kept_within_a_channel_and_channels_do_not_wait_for_each_other(
    dc, adapter, intake, ann, general
):
    async with listening(adapter, intake):
        for number in range(100):
            general.say(ann, str(number))
        await intake.wait(lambda bus: len(bus.messages) == 100)
        assert intake.texts == [str(number) for number in range(100)]
        intake.gate = anyio.Event()
        general.say(ann, "slow")
        dc.dm(ann).say(ann, "beside it")
        await intake.wait(lambda bus: bus.asked == 102)
        intake.gate.set()


async def test_odd_events_lie_between_good_ones(dc, adapter, intake, ann, general):
    async with listening(adapter, intake):
        general.say(ann, "one")
        for data in ({}, {"channel_id": "2"}, {"author": {"id": "5"}, "channel_id": "2", "guild_id": "1"}):
            dc.gateway.inject("MESSAGE_CREATE", data)
        dc.gateway.inject(
            "MESSAGE_CREATE", {"id": 7, "author": {"id": "5"}, "content": "x", "channel_id": "2"}
        )
        dc.gateway.inject("INTERACTION_CREATE", {"type": 2})
        dc.gateway.inject("CHANNEL_UPDATE", {"guild_id": "1", "id": []})
        dc.gateway.inject("SOMETHING_NEW", {"list": [None]})
        general.say(ann, "two")
        await intake.wait(lambda bus: bus.texts == ["one", "two"])
    assert dc.gateway.identifies == 1


async def test_a_dropped_gateway_is_resumed_and_nothing_is_missed(dc, adapter, intake, ann, general):
    async with listening(adapter, intake):
        general.say(ann, "before")
        await intake.wait(lambda bus: bus.texts == ["before"])
        dc.gateway.disconnect()
        general.say(ann, "while away")
        await intake.wait(lambda bus: bus.texts == ["before", "while away"])
        assert (dc.gateway.identifies, dc.gateway.resumes) == (1, 1)
        assert adapter.health().state == "up"


async def test_an_outage_is_seen_and_survived(dc, adapter, intake, ann, general):
    async with listening(adapter, intake):
        async with dc.outage():
            general.say(ann, "during the outage")
            await health_of(adapter, "retrying")
        await intake.wait(lambda bus: bus.texts == ["during the outage"], seconds=30)
        assert adapter.health().state == "up"


@pytest.mark.slow
async def test_after_an_invalid_session_it_identifies_anew(dc, adapter, intake, ann, general):
    async with listening(adapter, intake):
        dc.gateway.invalidate()
        await health_of(adapter, "retrying")
        await dc.gateway.wait_connected(timeout=20)
        general.say(ann, "told again")
        await intake.wait(lambda bus: bus.texts == ["told again"])
        assert adapter.health().state == "up"
    assert dc.gateway.identifies == 2


async def test_a_gateway_that_stays_away_ends_the_connection(dc, intake):
    adapter = DiscordAdapter(options_for(dc, patience=0.05), DictMemory())

    async def stay_away() -> None:
        async with dc.outage():
            await anyio.sleep_forever()

    error = await end_by(adapter, intake, stay_away)
    assert "out of reach" in str(error)
    assert not isinstance(error, PlatformFatalError)


async def test_a_refused_token_parks_the_platform(dc, intake):
    adapter = DiscordAdapter(options_for(dc, token="wrong"), DictMemory())
    error = await fail_to_listen(adapter, intake)
    assert isinstance(error, PlatformFatalError)
    assert "bot_token" in str(error)
    supervisor = Supervisor(adapter)
    with anyio.fail_after(10):
        await supervisor.run(intake)
    assert supervisor.health().state == "parked"


async def test_what_was_heard_before_the_end_is_kept(dc, adapter, intake, ann):
    intake.troubles = [StorageError("busy")]

    async def speak_and_close() -> None:
        dc.dm(ann).say(ann, "last words")
        await intake.wait(lambda bus: bus.asked == 1)
        dc.gateway.disconnect(4013)

    await end_by(adapter, intake, speak_and_close)
    assert intake.texts == ["last words"]


@pytest.mark.requirement("P20")
@pytest.mark.parametrize("code", [4004, 4013])
async def test_fatal_close_codes_park_the_platform(dc, adapter, intake, code):
    async def close() -> None:
        dc.gateway.disconnect(code)

    assert isinstance(await end_by(adapter, intake, close), PlatformFatalError)


async def test_trouble_at_the_start_is_no_reason_to_park(dc, adapter, intake):
    dc.fault("GET /users/@me", status=503)
    error = await fail_to_listen(adapter, intake)
    assert not isinstance(error, PlatformFatalError)
    assert "503" in str(error)
    async with dc.outage():
        assert "not reached" in str(await fail_to_listen(adapter, intake))
    async with listening(adapter, intake):
        assert adapter.health().state == "up"


async def test_without_the_content_intent_it_goes_on_and_says_what_is_lost(intake):
    async with DiscordSandbox.start(message_content=False) as dc:
        ann, general = dc.user(1001, "Ann"), dc.guild(1, "Garden").channel(2, "general")
        adapter = DiscordAdapter(options_for(dc), DictMemory())
        async with listening(adapter, intake):
            assert adapter.health().state == "up"
            assert "message content intent" in adapter.health().detail
            general.say(ann, "withheld")
            general.say(ann, "for you", mentions_bot=True)
            dc.dm(ann).say(ann, "between us")
            await intake.wait(lambda bus: sorted(bus.texts) == ["between us", "for you"])
        assert dc.gateway.identifies == 2


async def test_what_cannot_be_kept_is_tried_until_it_is(dc, adapter, intake, ann):
    intake.troubles = [StorageError("the disk is full")]
    async with listening(adapter, intake):
        dc.dm(ann).say(ann, "keep me")
        dc.dm(ann).say(ann, "and me")
        await intake.wait(lambda bus: bus.asked == 1)
        await health_of(adapter, "retrying")
        assert "disk is full" in adapter.health().detail
        await intake.wait(lambda bus: bus.texts == ["keep me", "and me"])
        assert adapter.health().detail == ""


@pytest.mark.requirement("P14")
async def test_what_comes_while_the_gateway_stops_is_not_offered_again(dc, adapter, intake, ann):
    intake.troubles = [StoppingError("the gateway is stopping")]
    async with listening(adapter, intake):
        dc.dm(ann).say(ann, "too late")
        dc.dm(ann).say(ann, "in time")
        await intake.wait(lambda bus: bus.texts == ["in time"])
        assert (intake.asked, adapter.health().state) == (2, "up")


async def test_a_configured_gateway_is_used(dc, intake):
    adapter = DiscordAdapter(options_for(dc, gateway_url=dc.gateway_url), DictMemory())
    async with listening(adapter, intake):
        assert dc.gateway.connected


async def test_it_can_run_again(dc, adapter, intake, ann):
    for count in (1, 2):
        async with listening(adapter, intake):
            dc.dm(ann).say(ann, "hello")
            await intake.wait(lambda bus, count=count: len(bus.messages) == count)
        await dc.gateway.wait_disconnected()
