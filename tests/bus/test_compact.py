"""A conversation that goes on from a summary: on a real database, with a model that is watched."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from tests.bus.chat import Chat
from tests.memory_road import Road, message, open_road

from picklebot.agents import summing
from picklebot.agents.summary import PROMPT
from picklebot.errors import EngineError
from picklebot.model import words
from picklebot.model.events import Final, ReplyEvent, TextDelta, ToolStarted, Usage
from picklebot.model.history import HistoryMessage, Role
from picklebot.model.message import Command
from picklebot.model.quota import Quota
from picklebot.model.session import Scope
from picklebot.ports.engine import Turn
from picklebot.ports.rules import ChatRule
from picklebot.testing.rules import FixedRules


class Model:
    """Answers "answer 1" and so on, sums up to "summary 1" and so on, and notes what it was given. `troubles` are
    raised first; a summary waits for `go`."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.asked: list[Turn] = []
        self.troubles: list[EngineError] = []
        self.said = "summary {number}"
        self.begun = anyio.Event()
        self.go = anyio.Event()
        self.go.set()

    async def run(self, turn: Turn) -> AsyncIterator[ReplyEvent]:
        if turn.job.sums_up is None:
            self.turns.append(turn)
            yield Final(f"answer {len(self.turns)}", (_row(f"answer {len(self.turns)}", turn),))
            return
        self.asked.append(turn)
        text = self.said.format(number=len(self.asked))
        yield TextDelta(text)
        self.begun.set()
        await self.go.wait()
        if self.troubles:
            raise self.troubles.pop(0)
        yield Final(text, (_row(text, turn),), Usage(1, 900, 100, "openai:gpt-4o-mini"))

    @property
    def given(self) -> tuple[str, list[str]]:
        """What the last turn was given: the summary, and what was said since."""
        history = self.turns[-1].history
        return history.summary, [row.text for row in history.messages]


def _row(text: str, turn: Turn) -> HistoryMessage:
    return HistoryMessage(Role.ASSISTANT, text, turn.job.accepted_at)


@pytest.fixture
def model(anyio_backend: str) -> Model:
    return Model()


@pytest.fixture
async def road(tmp_path: Path, model: Model) -> AsyncIterator[Road]:
    async with open_road(tmp_path / "road.db", engine=model) as road:
        yield road


def summed_up(count: int) -> str:
    return words.SUMMED_UP.format(count=count)


async def test_the_model_goes_on_from_the_summary(road: Road, model: Model) -> None:
    chat = Chat(road)
    await chat.ask("one")
    await chat.ask("two")
    shown = await chat.say("compact", "keep the addresses")
    assert shown.text == summed_up(4)
    assert not any(isinstance(event, TextDelta) for event in shown.events)
    assert [event.label for event in shown.events if isinstance(event, ToolStarted)] == [words.SUMMING_UP]
    [asked] = model.asked
    assert (asked.prompt, asked.agent.tools, asked.history.messages) == (PROMPT, (), ())
    assert all(f"\n> {said}\n" in asked.question for said in ("one", "answer 1", "two", "answer 2"))
    assert asked.question.endswith("keeps this: keep the addresses")
    await chat.ask("three")
    assert model.given == ("summary 1", [])
    await chat.ask("four")
    assert model.given == ("summary 1", ["three", "answer 3"])
    assert model.turns[-1].history.user_total == 4
    assert model.turns[-1].history.first_text == "one"


async def test_nothing_is_gone_from_the_history(road: Road, model: Model) -> None:
    chat = Chat(road)
    await chat.ask("one")
    await chat.tell("compact")
    await chat.ask("two")
    exported = await chat.tell("export")
    said = ["one", "answer 1", f"**{words.SUMMARY}**", "summary 1", "two", "answer 2"]
    places = [exported.index(text) for text in said]
    assert places == sorted(places)
    assert '"role": "summary"' in await chat.tell("export", "json")
    assert "(5 messages," in await chat.tell("sessions")
    [*_, in_all] = (await chat.tell("usage")).splitlines()
    assert in_all == words.USAGE_LINE.format(span=words.IN_ALL, messages="2 messages", tokens="1000 tokens")


async def test_a_later_summary_has_the_earlier_one_in(road: Road, model: Model) -> None:
    chat = Chat(road)
    await chat.ask("one")
    await chat.tell("compact")
    await chat.ask("two")
    assert await chat.tell("compact") == summed_up(2)
    assert "> summary 1" in model.asked[1].question
    assert "> one" not in model.asked[1].question
    await chat.ask("three")
    assert model.given == ("summary 2", [])


async def test_there_must_be_something_to_sum_up(road: Road, model: Model) -> None:
    chat = Chat(road)
    assert await chat.tell("compact") == words.NOTHING_SAID
    assert await road.bindings() == {}
    await chat.ask("one")
    await chat.tell("compact")
    assert await chat.tell("compact") == words.TOO_LITTLE_TO_SUM_UP
    assert len(model.asked) == 1
    await chat.ask("two")
    assert model.given == ("summary 1", [])


async def test_a_summary_that_fails_changes_nothing_and_says_so(road: Road, model: Model) -> None:
    chat = Chat(road)
    await chat.ask("one")
    model.troubles.append(EngineError("key_refused", "My key."))
    told = await chat.tell("compact")
    assert told.startswith(words.NOT_SUMMED_UP.format(text="My key."))
    assert "Reference" in told
    model.said = "  "
    assert words.NOT_SUMMED_UP.format(text=words.NO_SUMMARY) in await chat.tell("compact")
    assert len(model.asked) == 1 + 3
    await chat.ask("two")
    assert model.given == ("", ["one", "answer 1"])


async def test_what_a_retry_can_mend_is_tried_again(road: Road, model: Model) -> None:
    chat = Chat(road)
    await chat.ask("one")
    model.troubles.append(EngineError("timeout", "Too slow.", retryable=True))
    assert await chat.tell("compact") == summed_up(2)
    await chat.ask("two")
    assert model.given == ("summary 2", [])


async def test_what_is_too_long_for_the_model_is_summed_up_from_its_newest_half(
    road: Road, model: Model
) -> None:
    chat = Chat(road)
    for text in ("one", "two"):
        await chat.ask(text)
    model.troubles += [EngineError("too_long", "Too long.")]
    assert await chat.tell("compact") == summed_up(2)
    assert "> one" not in model.asked[1].question
    model.troubles += [EngineError("too_long", "Too long.")] * 2
    await chat.ask("three")
    assert words.NOT_SUMMED_UP.format(text="Too long.") in await chat.tell("compact")


async def test_of_very_many_messages_the_newest_are_summed_up(
    road: Road, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summing, "MOST", 2)
    chat = Chat(road)
    for text in ("one", "two"):
        await chat.ask(text)
    assert await chat.tell("compact") == summed_up(2)
    assert "> one" not in model.asked[0].question


async def test_it_waits_for_its_turn_and_what_is_posted_meanwhile_stays(road: Road, model: Model) -> None:
    chat = Chat(road)
    await chat.ask("one")
    model.go = anyio.Event()
    await road.bus.accept(message("/compact", command=Command("compact")))
    with anyio.fail_after(10):
        await model.begun.wait()
    await road.bus.accept(message("two"))
    session = (await road.bindings())["123"].session_id
    post = replace(_row("a post", model.turns[-1]), turn="p1")
    await road.database.write(lambda tx: road.stores.history.append(tx, session, [post]))
    assert await chat.tell("undo") == words.BUSY
    model.go.set()
    await road.frontend.wait(4)
    assert model.given == ("summary 1", ["a post"])


async def test_it_is_stopped_like_a_turn_and_changes_nothing_then(road: Road, model: Model) -> None:
    chat = Chat(road)
    await chat.ask("one")
    model.go = anyio.Event()
    await road.bus.accept(message("/compact", command=Command("compact")))
    with anyio.fail_after(10):
        await model.begun.wait()
    await road.bus.accept(message("/stop", command=Command("stop")))
    told = [shown.text for shown in await road.frontend.wait(3)]
    assert sorted(told[1:]) == sorted([words.STOPPING, words.SUM_UP_STOPPED])
    await chat.ask("two")
    assert model.given == ("", ["one", "answer 1"])


@pytest.mark.requirement("B9")
async def test_what_is_taken_back_takes_the_summary_with_it(road: Road, model: Model) -> None:
    chat = Chat(road)
    await chat.ask("one")
    await chat.ask("two")
    await chat.tell("compact")
    await chat.ask("three")
    assert await chat.tell("undo") == words.TAKEN_BACK.format(question="three")
    assert await chat.tell("undo") == f"{words.TAKEN_BACK.format(question='two')} {words.SUMMARY_TAKEN_BACK}"
    await chat.ask("four")
    assert model.given == ("", ["one", "answer 1"])


@pytest.mark.requirement("B9")
async def test_a_question_asked_anew_is_asked_without_the_summary_that_has_it_in(
    road: Road, model: Model
) -> None:
    chat = Chat(road)
    await chat.ask("one")
    await chat.ask("two")
    await chat.tell("compact")
    assert await chat.tell("retry") == "answer 3"
    assert (model.turns[-1].job.text, model.given) == ("two", ("", ["one", "answer 1"]))


@pytest.mark.requirement("B9")
async def test_a_copy_goes_on_from_the_summary_too(road: Road, model: Model) -> None:
    chat = Chat(road)
    await chat.ask("one")
    await chat.tell("compact")
    await chat.tell("fork")
    await chat.ask("two")
    assert model.given == ("summary 1", [])
    await chat.tell("new")
    await chat.ask("three")
    assert model.given == ("", [])
    await chat.tell("resume", "3")
    await chat.ask("four")
    assert model.given == ("summary 1", [])


async def test_whoever_speaks_in_a_shared_session_sums_it_up_for_all(tmp_path: Path, model: Model) -> None:
    rules = FixedRules(chats={"-5": ChatRule(scope=Scope.CHAT)})
    async with open_road(tmp_path / "road.db", engine=model, rules=rules) as road:
        await road.bus.accept(message("one", user="1", chat="-5"))
        await road.frontend.wait(1)
        await road.bus.accept(message("/compact", user="2", chat="-5", command=Command("compact")))
        await road.frontend.wait(2)
        await road.bus.accept(message("two", user="1", chat="-5"))
        await road.frontend.wait(3)
    assert model.given == ("summary 1", [])


@pytest.mark.requirement("B7")
async def test_it_counts_in_quotas(tmp_path: Path, model: Model) -> None:
    rules = FixedRules(most=Quota(tokens=1_000))
    async with open_road(tmp_path / "road.db", engine=model, rules=rules) as road:
        chat = Chat(road)
        await chat.ask("one")
        assert await chat.tell("compact") == summed_up(2)
        assert words.QUOTA_OF_TOKENS.format(used=1_000, most=1_000) in await chat.tell("usage")
        refused = words.QUOTA_ANSWERS.partition("{")[0]
        assert (await chat.tell("compact")).startswith(refused)
        assert (await chat.ask("two")).startswith(refused)


@pytest.mark.requirement("S0.2")
async def test_the_summary_is_there_after_a_restart(tmp_path: Path, model: Model) -> None:
    async with open_road(tmp_path / "road.db", engine=model) as road:
        await Chat(road).ask("one")
        await Chat(road).tell("compact")
    async with open_road(tmp_path / "road.db", engine=model) as road:
        await Chat(road).ask("two")
    assert model.given == ("summary 1", [])


async def test_with_the_demo_model_it_works_offline_and_the_count_goes_on(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db") as road:
        chat = Chat(road)
        await chat.ask("about pickles")
        assert await chat.tell("compact") == summed_up(2)
        assert 'message 2 of our conversation, which began with "about pickles"' in await chat.ask("and?")
        session = (await road.bindings())["123"].session_id
        loaded = await road.database.read(lambda tx: road.stores.history.load(tx, session, 9))
        assert loaded.summary == 'Questions so far: 1. The first was "about pickles".'
