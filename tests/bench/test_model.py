"""The free model answers with what was said last, in whole and in pieces."""

from bench.model import chunks, last_said, open_model
from bench.town import SAYING
from openai import AsyncOpenAI


def test_it_finds_what_was_said_last_in_whatever_a_bot_put_around_it():
    old, new = SAYING.format(number=1), SAYING.format(number=2)
    assert last_said(f'[{{"content": "{old}"}}, {{"content": "Time: now\\n{new}\\nBe kind."}}]') == new


def test_its_pieces_make_the_answer():
    deltas = [choice["delta"] for chunk in chunks("what would") for choice in chunk["choices"]]
    assert "".join(delta.get("content", "") for delta in deltas) == "what would"


async def test_a_client_is_answered():
    said = SAYING.format(number=7)
    async with open_model() as url, AsyncOpenAI(base_url=url, api_key="free") as client:
        whole = await client.chat.completions.create(
            model="parrot", messages=[{"role": "user", "content": said}]
        )
        stream = await client.chat.completions.create(
            model="parrot", messages=[{"role": "user", "content": said}], stream=True
        )
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
    assert whole.choices[0].message.content == said
    assert "".join(pieces) == said
