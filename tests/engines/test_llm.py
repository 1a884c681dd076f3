"""Real models' SDKs against a model server: streaming, history, tools."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from tests.engines.turns import AT, CHAT, answer, assistant, final, make_turn, user

from picklebot.agents.quoting import quoted_talk
from picklebot.engines.llm.engine import LlmEngine
from picklebot.model.agent import ModelChoice
from picklebot.model.events import TextDelta, ToolFinished, ToolStarted, Usage
from picklebot.model.history import History, HistoryMessage, Role, window
from picklebot.model.picture import Picture
from picklebot.model.remark import Remark
from picklebot.model.session import SessionMode, policy_of

OPENAI, OPENAI_CHAT = "openai:gpt-4o", "openai-chat:gpt-4o"
ANTHROPIC, OLLAMA = "anthropic:claude-sonnet-4-6", "ollama:llama3.2"
MODELS = pytest.mark.parametrize("model", [OPENAI, OPENAI_CHAT, ANTHROPIC, OLLAMA])


def sent(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Role and text of everything a request holds besides the system prompt, consecutive texts joined."""
    told: list[tuple[str, str]] = []
    for message in body.get("messages") or body["input"]:
        content = message.get("content") or ""
        blocks = [{"text": content}] if isinstance(content, str) else content
        told += [(message.get("role", message.get("type")), block.get("text", "")) for block in blocks]
    return [(role, text) for role, text in told if role != "system"]


def system(body: dict[str, Any]) -> str:
    """The system prompt of a request, wherever its provider has it."""
    if "instructions" in body:
        return body["instructions"]
    if "system" in body:
        return (
            body["system"] if isinstance(body["system"], str) else "".join(b["text"] for b in body["system"])
        )
    return "".join(message["content"] for message in body["messages"] if message["role"] == "system")


@MODELS
async def test_an_answer_streams_and_is_kept(llm: Any, engine: LlmEngine, model: str) -> None:
    llm.reply("Dill is the best of herbs.")
    events = await answer(engine, make_turn("which herb?", model=model))
    said = final(events)
    assert said.text == "Dill is the best of herbs."
    assert len([event for event in events if isinstance(event, TextDelta)]) > 2
    assert said.usage.requests == 1
    assert said.usage.input_tokens > 0
    assert said.usage.output_tokens > 0
    (row,) = said.messages
    assert (row.role, row.text, row.agent, row.turn) == (Role.ASSISTANT, said.text, "pickle", "j1")
    assert row.at.tzinfo is not None


@MODELS
async def test_the_model_sees_earlier_turns_and_one_system_prompt(
    llm: Any, engine: LlmEngine, model: str
) -> None:
    first = final(await answer(engine, make_turn("I am Ann", model=model)))
    rows = [user("I am Ann"), *first.messages]
    await answer(engine, make_turn("who am I?", model=model, rows=rows, prompt="Be brief."))
    body = llm.last_request.body
    assert sent(body) == [("user", "I am Ann"), ("assistant", first.text), ("user", "who am I?")]
    assert system(body) == "Be brief."


@MODELS
async def test_a_conversation_begun_with_demo_goes_on(llm: Any, engine: LlmEngine, model: str) -> None:
    rows = [user("hi"), assistant("You said: hi."), user("this one failed"), user("and this"), user(" ")]
    await answer(engine, make_turn("still there?", model=model, rows=rows))
    assert sent(llm.last_request.body) == [
        ("user", "hi"),
        ("assistant", "You said: hi."),
        ("user", "this one failed"),
        ("user", "and this"),
        ("user", "still there?"),
    ]


@MODELS
async def test_a_tool_runs_and_its_result_reaches_the_model(llm: Any, engine: LlmEngine, model: str) -> None:
    llm.call_tool("clock", {"zone": "Europe/Berlin"}, text="Let me look.").reply("It is late.")
    events = await answer(engine, make_turn("what time is it?", model=model, tools=("clock",)))
    started = next(event for event in events if isinstance(event, ToolStarted))
    finished = next(event for event in events if isinstance(event, ToolFinished))
    assert (started.name, started.label) == ("clock", "looking at the clock")
    assert finished == ToolFinished(started.call_id, "clock", ok=True)
    said = final(events)
    assert said.text == "Let me look.\n\nIt is late."
    assert said.usage.requests == 2
    assert [row.role for row in said.messages] == [Role.ASSISTANT, Role.TOOL, Role.ASSISTANT]
    assert "Europe/Berlin" in said.messages[1].text
    assert "Europe/Berlin" in str(llm.last_request.body)
    assert "Be a pickle." not in str(said.messages)


@MODELS
async def test_a_tool_that_fails_tells_the_model_why(llm: Any, engine: LlmEngine, model: str) -> None:
    llm.call_tool("clock", {"zone": "Nowhere"}).reply("Sorry.")
    events = await answer(engine, make_turn("what time is it?", model=model, tools=("clock",)))
    assert next(event for event in events if isinstance(event, ToolFinished)).ok is False
    assert final(events).text == "Sorry."
    assert "There is no time zone" in str(llm.last_request.body)


@MODELS
@pytest.mark.requirement("S0.8")
async def test_no_window_begins_with_a_tool_result(llm: Any, engine: LlmEngine, model: str) -> None:
    llm.call_tool("clock").reply("It is late.")
    events = await answer(engine, make_turn("what time is it?", model=model, tools=("clock",)))
    call = next(event for event in events if isinstance(event, ToolStarted))
    rows = (user("hi"), assistant("hi!"), user("what time is it?"), *final(events).messages)
    for limit in range(1, len(rows) + 1):
        llm.reset().reply("ok")
        await answer(engine, make_turn("thanks", model=model, rows=window(rows, limit), tools=("clock",)))
        body = llm.last_request.body
        assert sent(body)[0][0] == "user"
        assert sent(body)[0][1]
        assert str(body).count(call.call_id) in (0, 2)  # Call and result, or neither.


@MODELS
@pytest.mark.requirement("S0.8")
async def test_a_policy_decides_which_tools_are_offered(llm: Any, engine: LlmEngine, model: str) -> None:
    bare = policy_of(SessionMode.CHAT, chat_window=5, job_window=5, deadline=5)
    none = type(bare)(bare.history_window, frozenset(), bare.deadline)
    await answer(engine, make_turn(model=model, tools=("clock",), policy=none))
    assert not llm.last_request.body.get("tools")
    llm.reply("ok")
    await answer(engine, make_turn(model=model, tools=("clock",), policy=CHAT))
    assert "clock" in str(llm.last_request.body["tools"])
    await answer(engine, make_turn(model=model, tools=()))
    assert not llm.last_request.body.get("tools")


@MODELS
async def test_an_empty_answer_is_an_answer(llm: Any, engine: LlmEngine, model: str) -> None:
    llm.reply("")
    said = final(await answer(engine, make_turn(model=model)))
    assert said.text == ""
    assert len(llm.requests) == 1
    follow_up = make_turn("again", model=model, rows=[user("hello"), *said.messages])
    await answer(engine, follow_up)
    assert sent(llm.last_request.body)[-1] == ("user", "again")


async def test_temperature_and_length_are_passed_on(llm: Any, engine: LlmEngine) -> None:
    choice = ModelChoice(ANTHROPIC, temperature=0.5, max_tokens=77)
    await answer(engine, make_turn(model=choice))
    body = llm.last_request.body
    assert (body["temperature"], body["max_tokens"]) == (0.5, 77)


async def test_key_and_address_come_from_the_agent(
    llm: Any, engine: LlmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("OPENAI_BASE_URL")
    choice = ModelChoice(OPENAI_CHAT, api_key="own", base_url=llm.base_url("openai"))
    assert final(await answer(engine, make_turn(model=choice))).usage != Usage()


async def test_one_engine_serves_many_models(llm: Any, engine: LlmEngine) -> None:
    for model in (OPENAI, ANTHROPIC, OPENAI, OPENAI_CHAT):
        await answer(engine, make_turn(model=model))
    assert [record.provider for record in llm.requests] == ["openai", "anthropic", "openai", "openai"]


async def test_rows_of_an_unknown_make_go_by_their_text(llm: Any, engine: LlmEngine) -> None:
    rows: list[HistoryMessage] = [
        user("hi"),
        assistant("from elsewhere", payload='{"kind":"other"}'),
        HistoryMessage(Role.TOOL, "orphan", user("").at, payload="not json"),
    ]
    history = History(tuple(rows), 2, "hi")
    await answer(engine, make_turn("go on", model=OPENAI_CHAT, rows=history.messages))
    assert sent(llm.last_request.body) == [("user", "hi"), ("assistant", "from elsewhere"), ("user", "go on")]


@MODELS
async def test_what_others_said_comes_apart_from_the_question_and_is_not_kept(
    llm: Any, engine: LlmEngine, model: str
) -> None:
    talk = (Remark("Bob", "dill is best", AT),)
    events = await answer(engine, replace(make_turn("is he right?", model=model), talk=talk))
    quote, asked = sent(llm.last_request.body)
    assert quote == ("user", quoted_talk(talk))
    assert asked == ("user", "is he right?")
    assert "dill" not in str(final(events).messages)


@MODELS
async def test_a_picture_goes_with_the_question(llm: Any, engine: LlmEngine, model: str) -> None:
    png = Picture(b"\x89PNG\r\n\x1a\n", "image/png")
    turn = replace(make_turn("[photo]", model=model), text="what is it?\n[photo]", pictures=(png,))
    await answer(engine, turn)
    body = json.dumps(llm.last_request.body)
    assert "what is it?" in body
    assert base64.b64encode(png.data).decode() in body


async def test_later_turns_read_a_question_as_it_was_read_then(llm: Any, engine: LlmEngine) -> None:
    rows = (HistoryMessage(Role.USER, "look", AT, payload="look\n> dill"), assistant("nice"))
    await answer(engine, make_turn("and?", model=OPENAI_CHAT, rows=rows))
    assert ("user", "look\n> dill") in sent(llm.last_request.body)
