"""The test kit as an agent author uses it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from picklebot.errors import ConfigError, NotFoundError
from picklebot.testing.plugin import RunGateway

SCRIBE = """\
---
name: Scribe
description: Writes down what it is told.
---
You write down what you are told.
"""


@pytest.fixture
def agents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agents")
    (folder / "scribe").mkdir()
    (folder / "scribe" / "AGENT.md").write_text(SCRIBE)
    return folder


async def test_an_agent_answers_and_remembers(gateway: RunGateway, agents: Path) -> None:
    async with gateway(agents=agents, config={"default_agent": "scribe"}) as running:
        first = await running.ask("buy milk")
        second = await running.ask("buy bread", agent="scribe")
    assert first.startswith("You said: buy milk. This is message 1")
    assert 'message 2 of our conversation, which began with "buy milk"' in second


async def test_speakers_do_not_mix(gateway: RunGateway) -> None:
    async with gateway() as running:
        await running.ask("I am Ann", speaker="ann")
        answer = await running.ask("I am Ben", speaker="ben")
    assert 'began with "I am Ben"' in answer


async def test_a_second_gateway_goes_on(gateway: RunGateway) -> None:
    async with gateway() as running:
        await running.ask("hello")
    async with gateway() as running:
        assert "message 2" in await running.ask("again")


async def test_an_unknown_agent_is_named(gateway: RunGateway) -> None:
    async with gateway() as running:
        with pytest.raises(NotFoundError, match="nobody"):
            await running.ask("hello", agent="nobody")


async def test_a_broken_agent_stops_the_start(gateway: RunGateway, agents: Path) -> None:
    (agents / "scribe" / "AGENT.md").write_text("no front matter")
    with pytest.raises(ConfigError, match=r"AGENT\.md:1"):
        async with gateway(agents=agents, config={"default_agent": "scribe"}):
            pass


async def test_a_failure_in_the_block_comes_out_as_itself(gateway: RunGateway) -> None:
    with pytest.raises(AssertionError, match="as it was raised"):
        async with gateway():
            raise AssertionError("as it was raised")


async def test_a_database_that_fails_at_the_end_is_no_failed_stop(gateway: RunGateway) -> None:
    """What it kept is kept; the operators' view is written by the next start."""
    async with gateway() as running:
        await running.ask("hello")
        await running.app.database.write(
            lambda tx: tx.connection.execute(text("ALTER TABLE binding_history RENAME TO elsewhere"))
        )
