"""What was said while nobody listened."""

import time

import anyio
import pytest
from tests.platforms.discord.kit import listening, options_for

from picklebot.errors import StoppingError, StorageError
from picklebot.model import words
from picklebot.model.message import InboundMessage
from picklebot.platforms.discord import listener as listening_module
from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.platforms.discord.interaction import snowflake_at, snowflake_time
from picklebot.platforms.discord.marks import REACH, Mark, Marks
from picklebot.platforms.discord.starts import Clock
from picklebot.ports.platform import Receipt
from picklebot.sandbox.discord import DiscordSandbox
from picklebot.testing.intake import RecordingIntake
from picklebot.testing.memory import DictMemory

HISTORY = "GET /channels/*/messages"

pytestmark = pytest.mark.requirement("P19")


class Inbox(RecordingIntake):
    """A bus that knows what it was told already; `offered` is how often it was told anything."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[str] = set()

    async def accept(self, message: InboundMessage) -> Receipt:
        if message.message_id in self._seen:
            return Receipt.DUPLICATE
        receipt = await super().accept(message)
        self._seen.add(message.message_id)
        return receipt

    async def has(self, *texts: str) -> None:
        """Wait until exactly this was said, in this order."""
        await self.wait(lambda bus: len(bus.messages) >= len(texts))
        assert self.texts == list(texts)


@pytest.fixture
def intake() -> Inbox:
    return Inbox()


@pytest.fixture
def memory() -> DictMemory:
    return DictMemory()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let trouble be over soon."""
    monkeypatch.setattr("picklebot.platforms.discord.gaps._FIRST_PAUSE", 0.01)
    monkeypatch.setattr("picklebot.platforms.discord.refusals._SERVER_PAUSE", 0.01)


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few messages wait."""
    monkeypatch.setattr(listening_module, "ROOM", 4)


def anew(dc: DiscordSandbox, memory: DictMemory, **changes: object) -> DiscordAdapter:
    """The adapter of the next process."""
    return DiscordAdapter(options_for(dc, **changes), memory)


async def test_a_fresh_install_replays_nothing(dc, memory, intake, ann, general):
    general.say(ann, "long ago", mentions_bot=True)
    dc.dm(ann).say(ann, "in private, too")
    async with listening(anew(dc, memory), intake):
        general.say(ann, "now", mentions_bot=True)
        await intake.has("now")
    assert dc.calls_of(HISTORY) == []


async def test_between_two_processes(dc, memory, intake, ann, general):
    thread = general.thread("topic", ann, thread_id=21)
    everywhere = (general, thread, dc.dm(ann))
    async with listening(anew(dc, memory), intake):
        for channel in everywhere:
            channel.say(ann, "before", mentions_bot=True)
        await intake.wait(lambda bus: len(bus.messages) == 3)
    await dc.gateway.wait_disconnected()
    late = general.thread("late", ann, thread_id=22)
    unheard = dc.guild(1, "Garden").channel(3, "unheard")
    for channel in (*everywhere, late, unheard):
        channel.say(ann, f"one in {channel.name}", mentions_bot=True)
        channel.say(ann, f"two in {channel.name}", mentions_bot=True)
    async with listening(anew(dc, memory), intake):
        for channel in everywhere:
            channel.say(ann, f"three in {channel.name}", mentions_bot=True)
        await intake.wait(lambda bus: len(bus.messages) == 3 + 13)
    for channel in everywhere:
        said = [text for text in intake.texts if text.endswith(channel.name)]
        assert said == [f"{word} in {channel.name}" for word in ("one", "two", "three")]
    in_thread = next(message for message in intake.messages if message.text == "one in topic")
    assert (in_thread.address.chat_id, in_thread.address.thread_id) == ("2", "21")
    assert in_thread.spoken_to


async def test_after_an_invalid_session(dc, memory, intake, ann, general):
    async with listening(anew(dc, memory), intake):
        dc.dm(ann).say(ann, "before")
        await intake.has("before")
        dc.gateway.invalidate()
        general.say(ann, "told to nobody", mentions_bot=True)
        await intake.wait(lambda bus: len(bus.messages) == 2)
        dc.dm(ann).say(ann, "after")
        await intake.has("before", "told to nobody", "after")
    assert (dc.gateway.identifies, dc.gateway.resumes) == (2, 0)


async def test_a_resumed_session_asks_for_nothing(dc, memory, intake, ann, general):
    async with listening(anew(dc, memory), intake):
        general.say(ann, "before")
        await intake.has("before")
        dc.gateway.disconnect()
        general.say(ann, "while away")
        await intake.has("before", "while away")
    assert dc.gateway.resumes == 1
    assert dc.calls_of(HISTORY) == []


async def test_where_nothing_was_said_nothing_is_asked(dc, memory, intake, ann, general):
    adapter = anew(dc, memory)
    async with listening(adapter, intake):
        general.say(ann, "just talking")
        await intake.has("just talking")
        rest = await adapter._line.rest()
        await rest.send("2", {"content": "an answer"}, "n1")
        await general.wait_for(lambda message: message.from_bot)
        general.say(dc.user(7, "Robot", bot=True), "beep")
        await intake.has("just talking", "beep")
    async with listening(anew(dc, memory), intake):
        general.say(ann, "again")
        await intake.has("just talking", "beep", "again")
    assert dc.calls_of(HISTORY) == []


async def test_of_a_channel_200_messages_and_a_day(dc, memory, intake, ann, general):
    async with listening(anew(dc, memory), intake):
        pass
    general.say(ann, "yesterday")
    dc.advance(REACH + 60)
    for number in range(250):
        general.say(ann, str(number))
    clock = Clock(now=lambda: snowflake_time(str(general.messages[-1].id)))
    async with listening(DiscordAdapter(options_for(dc), memory, clock), intake):
        await intake.has(*map(str, range(200)))
        general.say(ann, "now")
        await intake.has(*map(str, range(200)), "now")
    assert len(dc.calls_of(HISTORY)) == 2


async def test_what_came_while_it_was_stopping(dc, memory, intake, ann):
    """The first words of a person, which the gateway would not take any more."""
    intake.troubles = [StoppingError("stopping")] * 2
    async with listening(anew(dc, memory), intake):
        for text in ("too late", "even later"):
            dc.dm(ann).say(ann, text)
        await intake.wait(lambda bus: bus.asked == 2)
    intake.troubles = []
    async with listening(anew(dc, memory), intake):
        await intake.has("too late", "even later")


async def test_the_mark_never_passes_what_is_not_kept(dc, memory, intake, ann, general):
    """Killed before the commit, with more behind it."""
    async with listening(anew(dc, memory), intake):
        general.say(ann, "kept")
        await intake.has("kept")
        intake.gate = anyio.Event()
        general.say(ann, "not kept")
        general.say(ann, "nor this")
        await intake.wait(lambda bus: bus.asked == 2)
    intake.gate.set()
    async with listening(anew(dc, memory), intake):
        await intake.has("kept", "not kept", "nor this")


async def test_a_crash_before_the_marks_are_written_repeats_nothing(dc, memory, intake, ann, general):
    async with listening(anew(dc, memory), intake):
        dc.dm(ann).say(ann, "private")
        await intake.has("private")
        at_the_crash = {topic: dict(values) for topic, values in memory.topics.items()}
        for text in ("one", "two"):
            general.say(ann, text)
        dc.dm(ann).say(ann, "also private")
        await intake.wait(lambda bus: len(bus.messages) == 4)
    memory.topics.clear()
    memory.topics.update(at_the_crash)
    dc.dm(ann).say(ann, "meanwhile")
    async with listening(anew(dc, memory), intake):
        await intake.wait(lambda bus: "meanwhile" in bus.texts)
    assert sorted(intake.texts) == ["also private", "meanwhile", "one", "private", "two"]


async def test_the_first_words_of_somebody_who_is_admitted(dc, memory, intake, ann):
    bob, nobody = dc.user(2002, "Bob"), "3003"
    people = frozenset({str(ann.id), str(bob.id), nobody})
    async with listening(anew(dc, memory, people=people), intake):
        pass
    assert len(dc.calls_of("POST /users/@me/channels")) == 3
    dc.dm(ann).say(ann, "hello?")
    async with listening(anew(dc, memory, people=people), intake):
        await intake.has("hello?")
    assert len(dc.calls_of("POST /users/@me/channels")) == 3


async def test_threads_that_were_archived_meanwhile(dc, memory, intake, ann, general):
    """One that was heard before, and one that began while nobody listened."""
    known = general.thread("known", ann, thread_id=21)
    async with listening(anew(dc, memory), intake):
        known.say(ann, "before")
        await intake.has("before")
    known.say(ann, "in known")
    unknown = general.thread("unknown", ann, on=general.say(ann, "let us talk there"))
    unknown.say(ann, "in unknown")
    for thread in (known, unknown):
        thread.archive()
    async with listening(anew(dc, memory), intake):
        await intake.wait(lambda bus: len(bus.messages) == 4)
    places = {message.text: message.address.thread_id for message in intake.messages}
    assert (places["in known"], places["in unknown"]) == ("21", str(unknown.id))


async def test_what_was_said_before_the_bot_came_to_a_server(dc, memory, intake, ann, general):
    async with listening(anew(dc, memory), intake):
        pass
    general.say(ann, "before it came")
    dc.guild(1, "Garden").row.joined_at = time.time() + 1
    async with listening(anew(dc, memory), intake):
        dc.advance(2)
        general.say(ann, "since")
        await intake.has("since")
    assert dc.calls_of(HISTORY) == []


async def test_channels_that_are_not_listened_in_are_not_asked(dc, memory, intake, ann, general):
    options = {"channel_ids": frozenset({"2"})}
    guild = dc.guild(1, "Garden")
    other, hidden = guild.channel(3, "other"), guild.channel(4, "hidden", hidden=True)
    async with listening(anew(dc, memory, **options), intake):
        pass
    for channel in (
        other,
        other.thread("in other", ann, thread_id=31),
        general.thread("here", ann, thread_id=21),
    ):
        channel.say(ann, f"in {channel.name}")
    async with listening(anew(dc, memory, **options), intake):
        await intake.has("in here")
    assert [call.called for call in dc.calls_of(HISTORY)] == ["GET /channels/21/messages"]
    hidden.say(ann, "psst")
    async with listening(anew(dc, memory), intake):
        await intake.wait(lambda bus: "in other" in bus.texts)
    assert not dc.calls_of("GET /channels/4/messages")


async def test_a_channel_that_may_not_be_read_holds_nobody(dc, memory, intake, ann, general):
    async with listening(anew(dc, memory), intake):
        pass
    general.say(ann, "before")
    dc.fault(HISTORY, status=403, code=50001)
    async with listening(anew(dc, memory), intake):
        general.say(ann, "after")
        await intake.has("after")


async def test_trouble_while_it_reads_is_waited_for(dc, memory, intake, ann, general):
    async with listening(anew(dc, memory), intake):
        pass
    general.say(ann, "one")
    dc.fault(HISTORY, status=503, times=2)
    async with listening(anew(dc, memory), intake):
        general.say(ann, "two")
        await intake.has("one", "two")


async def test_what_could_not_be_read_is_left_to_the_next_session(dc, memory, intake, ann, general):
    async with listening(anew(dc, memory), intake):
        pass
    general.say(ann, "one")
    dc.fault(HISTORY, status=503, times=5)
    async with listening(anew(dc, memory), intake):
        general.say(ann, "two")
        await intake.has("two")
    async with listening(anew(dc, memory), intake):
        await intake.has("two", "one")


async def test_what_could_not_be_taken_while_it_caught_up(dc, memory, intake, ann):
    async with listening(anew(dc, memory), intake):
        dc.dm(ann).say(ann, "before")
        await intake.has("before")
    dc.dm(ann).say(ann, "one")
    intake.troubles = [StoppingError("stopping")]
    async with listening(anew(dc, memory), intake):
        await intake.wait(lambda bus: bus.asked == 2)
        dc.dm(ann).say(ann, "two")
        await intake.has("before", "two")
    async with listening(anew(dc, memory), intake):
        await intake.has("before", "two", "one")


@pytest.mark.usefixtures("little_room")
async def test_what_found_no_room_is_caught_up_with(dc, memory, intake, ann, general):
    async with listening(anew(dc, memory), intake):
        intake.gate = anyio.Event()
        for number in range(10):
            general.say(ann, str(number))
        general.say(ann, "10")
        # Told after all of them, so they have been heard.
        assert (await dc.wait_answer(dc.slash(ann, general, "new"))).text == words.LANE_FULL
        intake.gate.set()
        await intake.wait(lambda bus: len(bus.messages) >= 4)
        dc.dm(ann).say(ann, "and now there is room")
        await intake.wait(lambda bus: len(bus.messages) == 12)
    assert [text for text in intake.texts if text.isdigit()] == [str(number) for number in range(11)]
    assert dc.calls_of(HISTORY), "what found no room is asked for"


async def test_marks(memory):
    now = 1.8e9
    marks = await Marks.load(memory, "9", now)
    assert marks.behind("2", now) == snowflake_at(now)
    assert marks.behind("2", now + 2 * REACH) == snowflake_at(now + REACH)
    first = snowflake_at(now + 10)
    await marks.meet("5", first)
    assert marks.direct() == ["5"]
    marks.move("2", "1", first)
    marks.move("2", "1", first - 1)
    marks.hold("3")
    marks.move("3", "1", first)
    marks.release("3")
    marks.move("6", None, first + 5)
    assert marks.direct() == ["6", "5"]
    await marks.write()
    await marks.write()
    kept = {"since": str(snowflake_at(now)), "5": f"{first - 1} ", "2": f"{first} 1", "6": f"{first + 5} "}
    assert memory.topics["marks 9"] == kept
    again = await Marks.load(memory, "9", now + 20)
    assert again.of_guild("1") == ["2"]
    assert (again.behind("2", now + 20), again.behind("5", now + 20)) == (first, first - 1)
    later = await Marks.load(memory, "9", now + 30 + REACH)
    assert (later.of_guild("1"), later.direct()) == ([], ["6", "5"])
    assert "2" not in memory.topics["marks 9"]


@pytest.mark.parametrize("mark", [Mark(5, "1"), Mark(5, None)])
def test_a_mark_is_read_as_it_was_written(mark):
    assert Mark.read(mark.text) == mark


async def test_a_person_is_not_known_before_that_is_written(memory):
    marks = await Marks.load(memory, "9", 1.8e9)
    memory.troubles = [StorageError("full")]
    with pytest.raises(StorageError):
        await marks.meet("5", 77)
    assert marks.direct() == []
    await marks.meet("5", 77)
    assert memory.topics["marks 9"]["5"] == "76 "
