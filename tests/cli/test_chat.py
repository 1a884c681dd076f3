"""`picklebot chat`: alone, and through a gateway that runs. stdout has the answer and nothing else."""

import getpass
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from tests.cli.command import Outcome, environment, picklebot
from tests.road.gateway_process import GatewayProcess, run_gateway
from tests.storage.samples import make_job, make_keys

from picklebot.model import words
from picklebot.model.words import LOST_HISTORY
from picklebot.storage.database import Database
from picklebot.storage.inbox import SqlInbox

pytestmark = pytest.mark.slow

TOKEN = "canary-web-token-0123456789"


def said(text: str, number: int, first: str) -> str:
    """What the demo model prints on stdout."""
    words = f"This is message {number} of our conversation"
    return f'You said: {text}. {words}, which began with "{first}".\n'


@asynccontextmanager
async def gateway(workspace: Path, web: str = "port: 0") -> AsyncGenerator[GatewayProcess]:
    (workspace / "config.yaml").write_text(f"messagebus:\n  web: {{{web}}}\n")
    async with run_gateway(workspace, "web", environ=environment(None, {})) as running:
        yield running


async def answer(workspace: Path, *args: str, stdin: bytes = b"") -> str:
    """What a successful chat prints; it logs nothing, although libraries would."""
    done = await picklebot("chat", *args, workspace=workspace, stdin=stdin)
    assert (done.code, done.err) == (0, ""), done
    return done.out


async def failure(workspace: Path, *args: str, stdin: bytes = b"") -> tuple[int, str]:
    done = await picklebot("chat", *args, workspace=workspace, stdin=stdin)
    (line,) = done.lines
    assert done.out == ""
    assert TOKEN not in line
    return done.code, line.removeprefix("picklebot: ")


@pytest.mark.requirement("S0.2")
async def test_one_conversation_alone_and_through_a_gateway(tmp_path: Path) -> None:
    assert await answer(tmp_path, "hello") == said("hello", 1, "hello")
    assert await answer(tmp_path, "again", "and", "more") == said("again and more", 2, "hello")
    async with gateway(tmp_path):
        assert await answer(tmp_path, "through", "the", "door") == said("through the door", 3, "hello")
        assert await answer(tmp_path, "--session", "new", "afresh") == said("afresh", 1, "afresh")
    assert await answer(tmp_path, "--session", "last", "@pickle", "back") == said("back", 2, "afresh")
    assert (tmp_path / "config.runtime.yaml").read_text().count("sessions:") == 1


@pytest.mark.requirement("P7")
async def test_what_waits_for_the_gateway_is_left_to_it(tmp_path: Path) -> None:
    await answer(tmp_path, "hello")
    database_url, inbox = f"sqlite:///{tmp_path / 'data' / 'picklebot.db'}", SqlInbox()
    async with Database.open(database_url) as database:
        await database.write(lambda tx: inbox.add(tx, make_keys("1"), make_job("1")))
    assert await answer(tmp_path, "again") == said("again", 2, "hello")
    async with Database.open(database_url, read_only=True) as database:
        [waiting] = await database.read(lambda tx: list(inbox.unfinished(tx)))
    assert (waiting.id, waiting.attempt) == ("1", 0)


async def test_words_and_standard_input(tmp_path: Path) -> None:
    (tmp_path / "agents/ada").mkdir(parents=True)
    (tmp_path / "agents/ada/AGENT.md").write_text("---\nname: Ada\ndescription: Counts.\n---\nYou count.\n")
    (tmp_path / "config.yaml").write_text("default_agent: ada\n")
    assert await answer(tmp_path, stdin=b"from a pipe\n") == said("from a pipe", 1, "from a pipe")
    assert await answer(tmp_path, "@ada", stdin=b"and by name") == said("and by name", 2, "from a pipe")
    assert await answer(tmp_path, "--", "-x", "--foo") == said("-x --foo", 3, "from a pipe")
    assert "You said: \N{REPLACEMENT CHARACTER}." in await answer(tmp_path, stdin=b"\xff")
    long = "word " * 12_288
    assert await answer(tmp_path, stdin=long.encode()) == said(long.strip(), 5, "from a pipe")
    assert await failure(tmp_path, stdin=b" \n") == (
        2,
        'there is nothing to say; write: picklebot chat "hello"',
    )
    assert await failure(tmp_path, "@bob", "hi") == (1, "there is no agent 'bob'; there are: ada")


async def test_commands_are_those_of_every_chat(tmp_path: Path) -> None:
    await answer(tmp_path, "hello")
    assert (await answer(tmp_path, "/whoami")).startswith(f"Your Console id is {getpass.getuser()}.")
    assert (
        await answer(tmp_path, "/title", "Green", "things")
        == "Our conversation is now called: Green things\n"
    )
    assert await answer(tmp_path, "/etc/hosts is a file") == said("/etc/hosts is a file", 2, "hello")
    async with gateway(tmp_path):
        assert "1. Green things" in await answer(tmp_path, "/sessions")
        assert (
            await answer(tmp_path, "/undo") == words.TAKEN_BACK.format(question="/etc/hosts is a file") + "\n"
        )
        assert await answer(tmp_path, "/retry") == said("hello", 1, "hello")
        session = await only_session(tmp_path)
        assert await answer(tmp_path, "/new") == words.NEW_SESSION + "\n"
        code, line = await failure(tmp_path, "--session", session, "/undo")
        assert (code, "its speaker is in now" in line) == (1, True)
    assert await answer(tmp_path, "again") == said("again", 1, "again")


async def test_a_session_by_its_id(tmp_path: Path) -> None:
    await answer(tmp_path, "hello")
    hint = "`picklebot sessions list` shows those there are"
    session = await only_session(tmp_path)
    assert await answer(tmp_path, "--session", session, "by id") == said("by id", 2, "hello")
    assert await failure(tmp_path, "--session", "nope", "hi") == (1, f"there is no session nope; {hint}")
    hostile = (2, "--session is last, new or a session's id, not '../x'")
    assert await failure(tmp_path, "--session", "../x", "hi") == hostile
    async with gateway(tmp_path):
        assert await answer(tmp_path, "--session", session, "again") == said("again", 3, "hello")
        assert await failure(tmp_path, "--session", "nope", "hi") == (1, f"there is no session nope; {hint}")
        assert await failure(tmp_path, "--session", "../x", "hi") == hostile
        assert await failure(tmp_path, "@bob", "hi") == (1, "there is no agent 'bob'; there are: pickle")


@pytest.mark.requirement("S0.3")
@pytest.mark.parametrize("named", [True, False])
async def test_that_the_history_is_lost_is_said_once_beside_the_answer(tmp_path: Path, named: bool) -> None:
    await answer(tmp_path, "hello")
    session = await only_session(tmp_path)
    args = ("--session", session) if named else ()
    await lose_history(tmp_path)
    lost = await picklebot("chat", *args, "are you there", workspace=tmp_path)
    assert (lost.out, lost.lines) == (said("are you there", 1, "are you there"), [LOST_HISTORY])
    await lose_history(tmp_path)
    async with gateway(tmp_path):
        lost = await picklebot("chat", *args, "and here", workspace=tmp_path)
        assert (lost.out, lost.lines) == (said("and here", 1, "and here"), [LOST_HISTORY])
        assert await answer(tmp_path, *args, "now") == said("now", 2, "and here")
    assert await only_session(tmp_path) == session


async def lose_history(workspace: Path) -> None:
    """The database is gone; the file that shows the sessions is still there."""
    for file in (workspace / "data").glob("picklebot.db*"):
        file.unlink()


async def only_session(workspace: Path) -> str:
    """The session that config.runtime.yaml shows the operator."""
    text = (workspace / "config.runtime.yaml").read_text()
    return text.strip().rpartition(": ")[2]


async def test_a_gateway_with_a_token(tmp_path: Path) -> None:
    async with gateway(tmp_path, f"port: 0, token: {TOKEN}") as running:
        assert await answer(tmp_path, "hello") == said("hello", 1, "hello")
        (tmp_path / "config.yaml").write_text("messagebus: {web: {port: 0, token: another-long-token}}\n")
        code, line = await failure(tmp_path, "hello")
        assert (code, line) == (1, "the running gateway was started with another messagebus.web.token")
        assert await running.stop() == 0
        assert TOKEN not in running.log.read_text()


async def test_a_gateway_without_a_way_in(tmp_path: Path) -> None:
    async with gateway_without_web(tmp_path) as running:
        code, line = await failure(tmp_path, "hello")
        assert code == 1
        assert line.startswith(
            f"the gateway of {tmp_path} (process {running.pid}) runs without its web platform"
        )
        assert line.endswith("set messagebus.web.enabled: true and start it again")


@asynccontextmanager
async def gateway_without_web(workspace: Path) -> AsyncGenerator[GatewayProcess]:
    (workspace / "config.yaml").write_text("messagebus: {web: {enabled: false}}\n")
    async with run_gateway(workspace, environ=environment(None, {})) as running:
        assert "The web page is off." in running.log.read_text()
        yield running


async def test_two_at_once_wait_for_each_other(tmp_path: Path) -> None:
    outcomes: list[Outcome] = []

    async def chat(text: str) -> None:
        outcomes.append(await picklebot("chat", text, workspace=tmp_path))

    async with anyio.create_task_group() as tasks:
        for text in ("one", "two", "three"):
            tasks.start_soon(chat, text)
    assert [(done.code, done.err) for done in outcomes] == [(0, "")] * 3
    numbers = [done.out.partition("This is message ")[2][0] for done in outcomes]
    assert sorted(numbers) == ["1", "2", "3"]
