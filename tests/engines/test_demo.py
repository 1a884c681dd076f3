"""The demo model: the contract's sentence, streamed."""

import subprocess
import sys
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.engines.turns import answer, assistant, final, make_turn, user

from picklebot.engines.demo.engine import DemoEngine
from picklebot.engines.demo.sentence import pieces
from picklebot.model.events import TextDelta
from picklebot.model.history import Role


async def test_it_says_what_was_said_and_what_the_history_holds() -> None:
    turn = make_turn("and more", rows=[user("hello there"), assistant("You said: …")])
    said = final(await answer(DemoEngine(pause=0), turn))
    expected = 'You said: and more. This is message 2 of our conversation, which began with "hello there".'
    assert said.text == expected
    (row,) = said.messages
    assert (row.role, row.text, row.agent, row.turn) == (Role.ASSISTANT, expected, "pickle", "j1")
    assert row.payload is None


async def test_a_first_message_began_the_conversation() -> None:
    said = final(await answer(DemoEngine(pause=0), make_turn("hi")))
    assert said.text == 'You said: hi. This is message 1 of our conversation, which began with "hi".'


async def test_it_sums_up_what_the_history_holds() -> None:
    turn = make_turn("/compact the dill", rows=[user("hello there")])
    summing = replace(turn, job=replace(turn.job, sums_up="the dill"))
    said = final(await answer(DemoEngine(pause=0), summing))
    assert said.text == 'Questions so far: 2. The first was "hello there". To keep: the dill.'


async def test_it_streams_in_several_pieces() -> None:
    events = await answer(DemoEngine(pause=0), make_turn("one two three"))
    assert len([event for event in events if isinstance(event, TextDelta)]) > 2


async def test_a_very_long_text_of_many_lines_streams_in_few_pieces() -> None:
    text = "a line with words\n\tand more\n" * 2400
    assert len(text) > 60 * 1024
    events = await answer(DemoEngine(pause=0), make_turn(text))
    assert final(events).text.startswith(f"You said: {text}. This")
    assert len(events) <= 17


@given(st.text(max_size=400), st.integers(1, 20))
def test_pieces_are_the_text(text: str, most: int) -> None:
    cut = pieces(text, most)
    assert "".join(cut) == text
    assert len(cut) <= most
    assert all(cut)


def test_it_loads_no_model_library() -> None:
    code = (
        "import sys, picklebot.engines.demo.engine, picklebot.engines.llm.engine, picklebot.engines.choice\n"
        "print([name for name in ('pydantic_ai', 'openai', 'anthropic', 'httpx2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
