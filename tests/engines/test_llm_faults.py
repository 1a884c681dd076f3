"""Every way a model call fails, as people, the log and the pipeline see it."""

import socket
import traceback
from collections.abc import Callable, Generator
from typing import Any

import anyio
import pytest
from tests.canaries import Canaries
from tests.engines.scripted import Exchange, Script, ScriptedServer, chunk
from tests.engines.turns import answer, final, make_turn

from picklebot.engines.llm.engine import LlmEngine
from picklebot.errors import EngineError
from picklebot.model.agent import ModelChoice
from picklebot.model.events import TextDelta
from picklebot.model.patience import Patience
from picklebot.ports.engine import Turn

OPENAI, OPENAI_CHAT = "openai:gpt-4o", "openai-chat:gpt-4o"
ANTHROPIC, OLLAMA = "anthropic:claude-sonnet-4-6", "ollama:llama3.2"
MODELS = pytest.mark.parametrize("model", [OPENAI, OPENAI_CHAT, ANTHROPIC, OLLAMA])


CANARIES = Canaries()


@pytest.fixture
def llm(llm: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The model server, to which every key is a canary."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_API_KEY"):
        monkeypatch.setenv(name, CANARIES.api_key)
    return llm


@pytest.fixture(autouse=True)
def no_secret_comes_out(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Generator[None]:
    """No key is logged; `failure` looks at the errors."""
    yield
    CANARIES.assert_kept(printed=capsys.readouterr(), logged=caplog.text)


async def failure(engine: LlmEngine, turn: Turn) -> EngineError:
    with pytest.raises(EngineError) as caught:
        await answer(engine, turn)
    error = caught.value
    assert "\n" not in str(error)
    assert error.text.endswith(".")
    assert error.__cause__ is None
    CANARIES.assert_kept(
        error=(str(error), error.text, repr(error)), traceback=traceback.format_exception(error)
    )
    return error


STATUSES: list[tuple[int, str, bool]] = [
    (400, "rejected", False),
    (401, "key_refused", False),
    (403, "key_refused", False),
    (404, "unknown_model", False),
    (413, "too_long", False),
    (422, "rejected", False),
    (429, "rate_limited", True),
    (500, "provider_down", True),
    (502, "provider_down", True),
    (503, "provider_down", True),
    (529, "provider_down", True),
]


@MODELS
@pytest.mark.parametrize("row", STATUSES)
async def test_a_refusal_is_explained_and_asked_once(
    llm: Any, engine: LlmEngine, model: str, row: tuple[int, str, bool]
) -> None:
    status, code, retryable = row
    llm.fail(status, times=None)
    error = await failure(engine, make_turn(model=model))
    assert (error.code, error.retryable) == (code, retryable)
    assert len(llm.requests) == 1


async def test_a_used_up_account_is_no_rate_limit(llm: Any, engine: LlmEngine) -> None:
    llm.fail(429, code="insufficient_quota")
    error = await failure(engine, make_turn(model=OPENAI))
    assert (error.code, error.retryable) == ("quota", False)


@pytest.mark.parametrize("model", [OPENAI, OPENAI_CHAT, OLLAMA])
async def test_a_context_that_is_too_long(llm: Any, engine: LlmEngine, model: str) -> None:
    llm.context_overflow()
    assert (await failure(engine, make_turn(model=model))).code == "too_long"


async def test_a_context_that_is_too_long_for_anthropic(llm: Any, engine: LlmEngine) -> None:
    llm.fail(400, code="invalid_request_error", message="prompt is too long: 205000 tokens > 200000 maximum")
    assert (await failure(engine, make_turn(model=ANTHROPIC))).code == "too_long"


@pytest.mark.parametrize("model", [OPENAI_CHAT, ANTHROPIC])
async def test_a_filtered_answer(llm: Any, engine: LlmEngine, model: str) -> None:
    from llmock.scenarios import Reply

    llm.add(Reply(text="", finish_reason="content_filter"))
    assert (await failure(engine, make_turn(model=model))).code == "filtered"


@MODELS
async def test_no_room_left_for_an_answer(llm: Any, engine: LlmEngine, model: str) -> None:
    from llmock.scenarios import Reply

    llm.add(Reply(text="", finish_reason="length"))
    assert (await failure(engine, make_turn(model=model))).code == "no_room"


@MODELS
@pytest.mark.parametrize("after", [0, 1, 3, 7])
async def test_a_stream_that_ends_early_and_cleanly_is_cut_off(
    llm: Any, engine: LlmEngine, model: str, after: int
) -> None:
    llm.reply("one two three four five six seven eight nine ten", times=None).truncate(after_chunks=after)
    error = await failure(engine, make_turn(model=model))
    assert (error.code, error.retryable) == ("cut_off", True)
    assert len(llm.requests) == 1


@MODELS
async def test_half_a_tool_call_does_not_run(llm: Any, engine: LlmEngine, model: str) -> None:
    llm.call_tool("clock", {"zone": "UTC"}, text="Let me look.").truncate(after_chunks=6)
    error = await failure(engine, make_turn(model=model, tools=("clock",)))
    assert error.code == "cut_off"
    assert len(llm.requests) == 1


@MODELS
@pytest.mark.parametrize("after", [0, 1, 7])
async def test_a_dropped_connection_is_cut_off(llm: Any, engine: LlmEngine, model: str, after: int) -> None:
    llm.disconnect(after_chunks=after)
    error = await failure(engine, make_turn(model=model))
    assert (error.code, error.retryable) == ("cut_off", True)


@MODELS
@pytest.mark.parametrize("after", [0, 1, 7])
async def test_a_stream_that_is_not_json_is_garbled(
    llm: Any, engine: LlmEngine, model: str, after: int
) -> None:
    llm.corrupt(after_chunks=after)
    error = await failure(engine, make_turn(model=model))
    assert (error.code, error.retryable) == ("garbled", True)


@MODELS
async def test_too_many_steps(llm: Any, engine: LlmEngine, model: str) -> None:
    llm.call_tool("clock", times=None)
    error = await failure(engine, make_turn(model=model, tools=("clock",), step_limit=3))
    assert (error.code, error.retryable) == ("step_limit", False)
    assert len(llm.requests) == 3


@MODELS
async def test_a_model_that_calls_tools_which_do_not_exist(llm: Any, engine: LlmEngine, model: str) -> None:
    for _ in range(5):
        llm.break_tool_call("unknown_tool")
    error = await failure(engine, make_turn(model=model, tools=("clock",)))
    assert (error.code, error.retryable) == ("confused", True)


@pytest.mark.parametrize("provider", ["openai", "openai-chat", "anthropic", "ollama"])
async def test_nobody_listens(engine: LlmEngine, provider: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        choice = ModelChoice(f"{provider}:m", api_key=CANARIES.api_key, base_url=url)
        error = await failure(engine, make_turn(model=choice))
    assert (error.code, error.retryable) == ("unreachable", True)


async def test_a_missing_key(engine: LlmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    error = await failure(engine, make_turn(model=ANTHROPIC))
    assert error.code == "no_key"
    assert "ANTHROPIC_API_KEY" in str(error)


async def test_an_unknown_provider(engine: LlmEngine) -> None:
    assert (await failure(engine, make_turn(model="litellm:gpt-4o"))).code == "unknown_provider"


@pytest.mark.requirement("P30")
@MODELS
@pytest.mark.parametrize("status", [400, 401, 404, 500])
async def test_the_key_is_never_in_an_error(llm: Any, engine: LlmEngine, model: str, status: int) -> None:
    llm.fail(status, message=f"Incorrect API key provided: {CANARIES.api_key}.")
    await failure(engine, make_turn(model=model))


def at(server: ScriptedServer, script: Script) -> ModelChoice:
    server.script = script
    return ModelChoice("openai-chat:m", api_key=CANARIES.api_key, base_url=server.url)


async def say_one_word_and_hang(exchange: Exchange) -> None:
    await exchange.open()
    await exchange.send(chunk("one "))
    await exchange.hang()


@pytest.fixture
async def hasty() -> Any:
    engine = LlmEngine(Patience(first_token=0.2, silence=0.2))
    yield engine
    await engine.aclose()


@pytest.mark.parametrize("script", [Exchange.hang, say_one_word_and_hang])
async def test_a_silent_model_is_given_up_and_the_line_is_closed(
    scripted: ScriptedServer, hasty: LlmEngine, script: Script
) -> None:
    error = await failure(hasty, make_turn(model=at(scripted, script)))
    assert (error.code, error.retryable) == ("timeout", True)
    with anyio.fail_after(5):
        await scripted.closed.wait()


async def test_cancelling_closes_the_line_at_once(scripted: ScriptedServer, engine: LlmEngine) -> None:
    turn = make_turn(model=at(scripted, say_one_word_and_hang))
    heard = anyio.Event()

    async def listen() -> None:
        async for event in engine.run(turn):
            assert event == TextDelta("one ")
            heard.set()

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen)
            await heard.wait()
            tasks.cancel_scope.cancel()
    with anyio.fail_after(2):
        await scripted.closed.wait()


async def test_closing_the_iterator_closes_the_line(scripted: ScriptedServer, engine: LlmEngine) -> None:
    events = engine.run(make_turn(model=at(scripted, say_one_word_and_hang)))
    with anyio.fail_after(10):
        assert await anext(events) == TextDelta("one ")
        await events.aclose()
        await scripted.closed.wait()


def stream(*events: dict[str, Any] | str) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.open()
        await exchange.send(*events)

    return script


ODD: list[tuple[str, Callable[[], Script], str]] = [
    ("nothing at all", stream, "cut_off"),
    ("only the end mark", lambda: stream("[DONE]"), "cut_off"),
    ("text without a finish", lambda: stream(chunk("one "), "[DONE]"), "cut_off"),
    (
        "an error in the stream",
        lambda: stream(chunk("one "), {"error": {"message": "boom"}}),
        "provider_down",
    ),
    ("a page instead of events", lambda: stream("<html>", "[DONE]"), "garbled"),
]


@pytest.mark.parametrize(("script", "code"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
async def test_odd_streams(
    scripted: ScriptedServer, engine: LlmEngine, script: Callable[[], Script], code: str
) -> None:
    error = await failure(engine, make_turn(model=at(scripted, script())))
    assert (error.code, error.retryable) == (code, True)


async def test_the_engine_goes_on_after_a_fault(scripted: ScriptedServer, engine: LlmEngine) -> None:
    await failure(engine, make_turn(model=at(scripted, stream("<html>"))))
    choice = at(scripted, stream(chunk("fine"), chunk(finish="stop"), "[DONE]"))
    assert final(await answer(engine, make_turn(model=choice))).text == "fine"
