"""From a message to a kept job, and to its answer, on a real database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from tests.memory_road import Road, message, open_road
from tests.refused_writes import refused_writes

from picklebot.errors import ConflictError, EngineError, NotFoundError, StoppingError, StorageError
from picklebot.model import words
from picklebot.model.events import ReplyEvent
from picklebot.model.message import Address, Attachment, Command
from picklebot.model.parcel import Parcel
from picklebot.model.session import Scope
from picklebot.ports.engine import Turn
from picklebot.ports.platform import PartNotes, Receipt
from picklebot.ports.rules import Answer, ChatRule
from picklebot.ports.storage import Binding, Origin
from picklebot.testing.engine import ScriptedEngine
from picklebot.testing.frontend import RecordingFrontend
from picklebot.testing.rules import FixedRules


@pytest.mark.requirement("S0.1")
async def test_the_first_message_of_a_new_speaker_is_answered_like_any_other(road: Road) -> None:
    assert await road.bus.accept(message("hello")) is Receipt.ACCEPTED
    [shown] = await road.frontend.wait(1)
    assert shown.text.startswith("You said: hello. This is message 1")
    assert (await road.bindings()).keys() == {"123"}


@pytest.mark.requirement("S0.1")
async def test_two_first_messages_at_once_make_one_session(road: Road) -> None:
    async with anyio.create_task_group() as tasks:
        for text in ("one", "two"):
            tasks.start_soon(road.bus.accept, message(text))
    shown = await road.frontend.wait(2)
    assert len({reply.parcel.session_id for reply in shown}) == 1
    assert [f"message {n} of" in reply.text for n, reply in enumerate(shown, 1)] == [True, True]


@pytest.mark.requirement("S0.1")
async def test_each_speaker_and_each_chat_has_a_session_of_its_own(road: Road) -> None:
    for spoken in (
        message(user="1"),
        message(user="2"),
        message(user="1", chat="-9"),
        message(user="2", chat="-9"),
    ):
        await road.bus.accept(spoken)
    shown = await road.frontend.wait(4)
    assert len({reply.parcel.session_id for reply in shown}) == 4
    assert (await road.bindings()).keys() == {"1", "2", "1@-9", "2@-9"}


@pytest.mark.requirement("S0.2")
async def test_after_a_restart_the_model_is_given_the_earlier_turns(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db") as road:
        await road.bus.accept(message("first"))
        await road.frontend.wait(1)
        before = await road.bindings()

    async def say(turn: Turn) -> str:
        return " | ".join(row.text for row in turn.history.messages)

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        await road.bus.accept(message("second"))
        [shown] = await road.frontend.wait(1)
        assert shown.text.startswith("first | You said: first.")
        assert await road.bindings() == before


@pytest.mark.requirement("S0.3")
async def test_a_session_that_is_not_in_the_history_is_recreated_and_said_once(road: Road) -> None:
    await road.bind("123", Binding("kept-id", Origin.RESTORED))
    await road.bus.accept(message("hello"))
    await road.bus.accept(message("again"))
    shown = await road.frontend.wait(3)
    assert [reply.text == words.LOST_HISTORY for reply in shown] == [True, False, False]
    assert {reply.parcel.session_id for reply in shown} == {"kept-id"}
    assert (await road.bindings())["123"].session_id == "kept-id"


@pytest.mark.requirement("S0.3")
async def test_a_lost_session_that_is_named_is_recreated_and_said_once(road: Road) -> None:
    await road.bind("123", Binding("kept-id", Origin.RESTORED))
    for text in ("hello", "again"):
        assert await road.bus.post("kept-id", message(text, user="api")) is Receipt.ACCEPTED
    shown = await road.frontend.wait(3)
    assert [reply.text == words.LOST_HISTORY for reply in shown] == [True, False, False]
    session = await road.database.read(lambda tx: road.stores.sessions.get(tx, "kept-id"))
    assert session is not None
    assert (session.speaker, session.agent) == ("123", "pickle")


@pytest.mark.requirement("S0.3")
async def test_an_id_that_an_operator_introduced_is_no_loss(road: Road) -> None:
    await road.bind("123", Binding("chosen", Origin.OPERATOR))
    await road.bus.accept(message("hello"))
    [shown] = await road.frontend.wait(1)
    assert shown.parcel.session_id == "chosen"
    assert shown.text.startswith("You said: hello")


@pytest.mark.requirement("S0.3")
async def test_a_database_that_cannot_answer_is_an_error_and_never_a_new_session(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db") as road:
        await road.bus.accept(message("hello"))
        await road.frontend.wait(1)
        before = await road.bindings()
    road_closed = road.bus
    with pytest.raises(StorageError):
        await road_closed.accept(message("lost?"))
    async with open_road(tmp_path / "road.db", running=False) as road:
        assert await road.bindings() == before


@pytest.mark.requirement("S0.4")
async def test_a_binding_changed_or_removed_is_used_by_the_next_message(road: Road) -> None:
    await road.bind("123", Binding("planned", Origin.OPERATOR))
    await road.bus.accept(message("one"))
    await road.bind("123", Binding("another", Origin.OPERATOR))
    await road.bus.accept(message("two"))
    await road.database.write(lambda tx: road.stores.bindings.remove(tx, "memory", "123"))
    await road.bus.accept(message("three"))
    ids = [reply.parcel.session_id for reply in await road.frontend.wait(3)]
    assert {"planned", "another"} < set(ids)
    assert len(set(ids)) == 3


@pytest.mark.requirement("S0.5")
async def test_a_stranger_costs_one_notice_a_day_and_nothing_else(tmp_path: Path) -> None:
    rules = FixedRules(admitted={"123"})
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        for _ in range(3):
            assert await road.bus.accept(message("let me in", user="666")) is Receipt.REFUSED
        await road.bus.accept(message("hello"))
        shown = await road.frontend.wait(2)
        assert ["666" in reply.text for reply in shown].count(True) == 1
        assert (await road.bindings()).keys() == {"123"}
        assert len(await road.database.read(road.stores.sessions.find)) == 1
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        assert await road.bus.accept(message("now?", user="666")) is Receipt.REFUSED
        await road.bus.accept(message("hello"))
        [only] = await road.frontend.wait(1)
        assert only.text.startswith("You said")


@pytest.mark.requirement("S0.5")
async def test_admission_is_looked_up_live_also_for_queued_work(tmp_path: Path) -> None:
    rules = FixedRules(admitted={"123"})
    async with open_road(tmp_path / "road.db", rules=rules, running=False) as road:
        assert await road.bus.accept(message("hello")) is Receipt.ACCEPTED
    rules.admitted = set()
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        [shown] = await road.frontend.wait(1)
        assert "123" in shown.text
        assert not shown.text.startswith("You said")


@pytest.mark.requirement("S0.10")
@pytest.mark.parametrize(
    ("answer", "spoken_to", "command", "taken"),
    [
        (Answer.SPOKEN_TO, False, False, False),
        (Answer.SPOKEN_TO, True, False, True),
        (Answer.SPOKEN_TO, True, True, True),
        (Answer.ALWAYS, False, False, True),
        (Answer.COMMANDS, True, False, False),
        (Answer.COMMANDS, True, True, True),
        (Answer.COMMANDS, False, True, False),
    ],
)
async def test_when_a_group_is_answered(
    road: Road, answer: Answer, spoken_to: bool, command: bool, taken: bool
) -> None:
    road.rules.chats["-9"] = ChatRule(answer=answer)
    spoken = message(chat="-9", spoken_to=spoken_to, command=Command("help") if command else None)
    receipt = await road.bus.accept(spoken)
    assert (receipt is not Receipt.IGNORED) == taken


@pytest.mark.requirement("S0.10")
@pytest.mark.parametrize(
    ("rule", "thread", "keys"),
    [
        (ChatRule(), None, {"1@-9", "2@-9"}),
        (ChatRule(), "5", {"@-9#5"}),
        (ChatRule(scope=Scope.CHAT), None, {"@-9"}),
        (ChatRule(scope=Scope.SPEAKER), "5", {"1@-9#5", "2@-9#5"}),
    ],
)
async def test_who_shares_a_session_in_a_group(
    road: Road, rule: ChatRule, thread: str | None, keys: set[str]
) -> None:
    road.rules.chats["-9"] = rule
    for user in ("1", "2"):
        await road.bus.accept(message(user=user, chat="-9", thread=thread))
    await road.frontend.wait(2)
    assert (await road.bindings()).keys() == keys


async def test_a_chat_may_have_an_agent_of_its_own(road: Road) -> None:
    road.rules.chats["-9"] = ChatRule(agent="engineer")
    await road.bus.accept(message(chat="-9"))
    await road.frontend.wait(1)
    [session] = await road.database.read(road.stores.sessions.find)
    assert session.agent == "engineer"


async def test_other_bots_are_left_alone(road: Road) -> None:
    assert await road.bus.accept(message(is_bot=True)) is Receipt.IGNORED


@pytest.mark.requirement("P3")
async def test_a_redelivery_is_known_by_either_of_its_marks(road: Road) -> None:
    first = message("hello", number=7001)
    assert await road.bus.accept(first) is Receipt.ACCEPTED
    assert await road.bus.accept(first) is Receipt.DUPLICATE
    assert await road.bus.accept(message("the end")) is Receipt.ACCEPTED
    shown = await road.frontend.wait(2)
    assert "message 2 of" in shown[1].text


async def test_new_begins_another_session_and_a_redelivered_new_does_not(road: Road) -> None:
    await road.bus.accept(message("hello"))
    again = message("/new", command=Command("new"))
    assert await road.bus.accept(again) is Receipt.HANDLED
    assert await road.bus.accept(again) is Receipt.DUPLICATE
    await road.bus.accept(message("fresh"))
    shown = await road.frontend.wait(3)
    assert words.NEW_SESSION in [reply.text for reply in shown]
    assert any('message 1 of our conversation, which began with "fresh"' in reply.text for reply in shown)
    assert len(await road.database.read(road.stores.sessions.find)) == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("start", "Hello User 123! I am Pickle. I help."),
        ("help", "/whoami - "),
        ("whoami", "Memory id is 123"),
        ("dance", "I do not know /dance"),
    ],
)
async def test_commands_are_answered_without_an_agent(road: Road, name: str, said: str) -> None:
    assert await road.bus.accept(message(f"/{name}", command=Command(name))) is Receipt.HANDLED
    [shown] = await road.frontend.wait(1)
    assert said in shown.text
    assert await road.bindings() == {}


async def test_whoami_names_the_session(road: Road) -> None:
    await road.bus.accept(message("hello"))
    await road.frontend.wait(1)
    await road.bus.accept(message("/whoami", command=Command("whoami")))
    shown = await road.frontend.wait(2)
    assert (await road.bindings())["123"].session_id in shown[1].text


@pytest.mark.parametrize(
    ("attachments", "said"),
    [
        ((), words.EMPTY_MESSAGE),
        ((Attachment("paid_media", ""),), words.UNREADABLE.format(kind="paid media")),
    ],
)
async def test_a_message_without_words_gets_a_sentence(
    road: Road, attachments: tuple[Attachment, ...], said: str
) -> None:
    assert await road.bus.accept(message("  \n", attachments=attachments)) is Receipt.HANDLED
    [shown] = await road.frontend.wait(1)
    assert shown.text == said


async def test_a_message_of_60_kib_is_answered_whole(road: Road) -> None:
    text = "ä" * 30_000 + "!"
    await road.bus.accept(message(text))
    [shown] = await road.frontend.wait(1)
    assert shown.text.startswith(f"You said: {text}.")


async def test_a_full_lane_says_so_once_and_takes_nothing(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", running=False, lane_limit=2) as road:
        receipts = [await road.bus.accept(message(str(n))) for n in range(5)]
        assert receipts == [Receipt.ACCEPTED] * 2 + [Receipt.FULL] * 3
    async with open_road(tmp_path / "road.db") as road:
        shown = await road.frontend.wait(3)
        assert [reply.text for reply in shown].count(words.LANE_FULL) == 1


@pytest.mark.requirement("P1")
async def test_what_was_accepted_is_run_by_the_next_start(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", running=False) as road:
        for text in ("one", "two"):
            await road.bus.accept(message(text))
    async with open_road(tmp_path / "road.db") as road:
        shown = await road.frontend.wait(2)
        assert [reply.text.split(".")[0] for reply in shown] == ["You said: one", "You said: two"]


async def test_a_stopping_gateway_keeps_nothing_more(road: Road) -> None:
    road.bus.close()
    with pytest.raises(StoppingError):
        await road.bus.accept(message())


async def test_a_message_for_a_session_by_its_id(road: Road) -> None:
    with pytest.raises(NotFoundError):
        await road.bus.post("nowhere", message())
    await road.bus.accept(message("hello"))
    session_id = (await road.bindings())["123"].session_id
    assert await road.bus.post(session_id, message("/new is text here", user="api")) is Receipt.ACCEPTED
    shown = await road.frontend.wait(2)
    assert shown[1].text.startswith("You said: /new is text here. This is message 2")
    assert shown[1].parcel.address.chat_id == "api"
    jobs = await road.database.read(road.stores.messages.find)
    assert [job.speaker for job in jobs] == ["123", "123"], "the session's own speaker speaks"


async def test_a_message_posted_again_is_known(road: Road) -> None:
    await road.bus.accept(message("hello"))
    session_id = (await road.bindings())["123"].session_id
    again = message("once", user="api")
    assert await road.bus.post(session_id, again) is Receipt.ACCEPTED
    assert await road.bus.post(session_id, again) is Receipt.DUPLICATE


async def test_an_answer_for_a_platform_that_is_switched_off_waits_in_the_outbox(road: Road) -> None:
    elsewhere = message("hello")
    elsewhere = replace(elsewhere, address=replace(elsewhere.address, platform="discord"))
    await road.bus.accept(elsewhere)
    with anyio.fail_after(10):
        await road.delivery.flush()
        while not await road.database.read(road.stores.outbox.owed_chats):
            await anyio.lowlevel.checkpoint()


async def test_a_group_is_told_how_one_is_heard_there(road: Road) -> None:
    for name in ("start", "help"):
        await road.bus.accept(message(f"/{name}", chat="-9", command=Command(name)))
    for shown in await road.frontend.wait(2):
        assert "Here I answer /ask and your question, and answers to my messages" in shown.text


async def test_start_with_an_agent_that_is_gone_says_so(road: Road) -> None:
    road.rules.agent = "ghost"
    assert await road.bus.accept(message("/start", command=Command("start"))) is Receipt.HANDLED
    [shown] = await road.frontend.wait(1)
    assert shown.text == words.AGENT_GONE.format(agent="ghost")


async def test_that_a_lane_is_full_is_said_also_when_it_could_not_be_said_at_first(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", running=False, lane_limit=1) as road:
        await road.bus.accept(message("one"))
        async with refused_writes(road.database, "INSERT ON outbox"):
            with pytest.raises(StorageError):
                await road.bus.accept(message("two"))
        assert await road.bus.accept(message("two")) is Receipt.FULL
        [chat] = await road.database.read(road.stores.outbox.owed_chats)
        [owed] = await road.database.read(lambda tx: road.stores.outbox.owed(tx, chat, 9))
        assert owed.text == words.LANE_FULL


@pytest.mark.requirement("P28")
async def test_a_rule_that_changes_while_a_message_is_taken_unbinds_nobody(tmp_path: Path) -> None:
    class TurningRules(FixedRules):
        """A group's session is its speakers' at the first look, and everybody's from then on."""

        def chat_rule(self, address: Address) -> ChatRule:
            looks.append(address)
            return ChatRule(scope=Scope.SPEAKER if len(looks) == 2 else Scope.CHAT)

    looks: list[Address] = []
    async with open_road(tmp_path / "road.db", rules=TurningRules()) as road:
        await road.bind("@-9", Binding("ours", Origin.OPERATOR))
        await road.bus.accept(message("hello", chat="-9"))
        assert (await road.bindings())["@-9"].session_id == "ours"


async def test_what_came_together_is_kept_together_and_strangers_are_told(tmp_path: Path) -> None:
    rules = FixedRules(admitted={"1", "2"})
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        spoken = [message(f"m{n}", user=user) for n, user in enumerate(("1", "3", "2", "1"))]
        await road.bus.accept_all(spoken)
        await road.frontend.wait(4)
        await road.bus.accept_all(spoken)
        await road.bus.accept(message("last", user="1"))
        *others, last = await road.frontend.wait(5)
    assert last.text.startswith("You said: last. This is message 3 of")
    assert sum(reply.text.startswith("You said: ") for reply in others) == 3
    assert words.NOT_ADMITTED.format(platform="Memory", user_id="3") in {reply.text for reply in others}


async def test_when_one_of_them_cannot_be_kept_none_is(tmp_path: Path) -> None:
    spoken = [message("one"), message("two")]
    async with open_road(tmp_path / "road.db", running=False, total_limit=2) as road:
        async with refused_writes(road.database, "INSERT ON inbox WHEN (SELECT count(*) FROM inbox) > 0"):
            with pytest.raises(StorageError):
                await road.bus.accept_all(spoken)
        assert [await road.bus.accept(one) for one in spoken] == [Receipt.ACCEPTED] * 2


class Blocked(RecordingFrontend):
    """Has shown nothing of its first reply until `go`."""

    def __init__(self) -> None:
        super().__init__()
        self.go = anyio.Event()

    async def render(self, parcel: Parcel, events: AsyncIterator[ReplyEvent], notes: PartNotes) -> None:
        await super().render(parcel, events, notes)
        await self.go.wait()


async def test_a_dead_letter_is_redriven_once_its_speaker_knows_that_it_failed(tmp_path: Path) -> None:
    said = iter([EngineError("down", "No luck."), "the answer"])

    async def say(_: Turn) -> str:
        if isinstance(found := next(said), EngineError):
            raise found
        return found

    frontend = Blocked()
    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say), frontend=frontend) as road:
        await road.bus.accept(message("hello"))
        [notice] = await frontend.wait(1)
        with pytest.raises(ConflictError, match="has not been told"):
            await road.bus.redrive(notice.parcel.id)
        frontend.go.set()
        with anyio.fail_after(10):
            await road.delivery.flush()
        await road.bus.redrive(notice.parcel.id)
        shown = await frontend.wait(2)
        assert shown[1].text == "the answer"
