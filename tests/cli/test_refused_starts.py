"""Starts that end at once: one clear line each, the exit code of the contract, and no secret."""

from collections.abc import Generator
from pathlib import Path

import pytest
from tests.cli.command import Outcome, picklebot, without_override

from picklebot.api.port import bind

pytestmark = pytest.mark.slow

CANARY = "AAHcanary-canary"
"""A piece of every secret here; no output may have it."""


async def refused(workspace: Path, code: int, *args: str, prefix: tuple[str, ...] = ()) -> str:
    """The one line that a start ends with."""
    ended: Outcome = await picklebot(*(args or ("run",)), workspace=workspace, prefix=prefix)
    assert ended.code == code, ended
    assert ended.out == ""
    assert CANARY not in ended.err
    (line,) = ended.lines
    assert line.startswith("picklebot: ")
    return line.removeprefix("picklebot: ")


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (b"defalt_agent: x\n", "config.yaml:1: unknown key defalt_agent; did you mean default_agent?"),
        (
            b"llm: {model: demo}\nchat_max_history: lots\n",
            "config.yaml:2: chat_max_history must be a whole number, not lots",
        ),
        (
            f"messagebus:\n  telegram:\n    bot_token: 12:{CANARY}\n".encode(),
            "config.yaml:3: messagebus.telegram.bot_token is not a Telegram bot token; copy it from @BotFather",
        ),
        (
            b"messagebus:\n  web: {host: 0.0.0.0}\n",
            "config.yaml:2: messagebus.web.token is missing; others can reach 0.0.0.0, so set a token",
        ),
        (b"default_agent: \xff\xfe\n", "config.yaml:1: the text is not UTF-8; save the file as UTF-8"),
        (b"messagebus:\n  web: [\n", "config.yaml:"),
        (b"default_agent: pickle\ndefault_agent: pickle\n", "config.yaml:2: the key 'default_agent' is here"),
    ],
)
async def test_a_wrong_config_names_file_and_line(tmp_path: Path, config: bytes, line: str) -> None:
    (tmp_path / "config.yaml").write_bytes(config)
    assert (await refused(tmp_path, 2)).startswith(line)
    assert not (tmp_path / "data").exists()


async def test_several_problems_are_a_line_each(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("defalt_agent: x\nlimits: {lane: few}\n")
    ended = await picklebot("config", "check", workspace=tmp_path)
    assert ended.code == 2
    assert ended.lines == [
        "picklebot: config.yaml:1: unknown key defalt_agent; did you mean default_agent?",
        "config.yaml:2: limits.lane must be a whole number, not few",
    ]


async def test_a_folder_in_place_of_the_config(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").mkdir()
    assert await refused(tmp_path, 2) == f"{tmp_path}/config.yaml: the file cannot be read: Is a directory"


@pytest.mark.requirement("S0.6")
async def test_an_unknown_default_agent_lists_the_agents_found(tmp_path: Path) -> None:
    write_agent(tmp_path, "ada")
    write_agent(tmp_path, "bob")
    (tmp_path / "config.yaml").write_text("default_agent: eve\n")
    expected = "config.yaml:1: default_agent: there is no agent 'eve'; the agents found are: ada, bob"
    assert await refused(tmp_path, 2) == expected
    assert await refused(tmp_path, 2, "config", "check") == expected


@pytest.mark.requirement("S0.6")
async def test_an_unknown_default_agent_without_an_agents_folder(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("# mine\ndefault_agent: eve\n")
    line = await refused(tmp_path, 2)
    assert line.startswith("config.yaml:2: default_agent: there is no agent 'eve'; ")
    assert "there is only pickle" in line


async def test_an_agents_folder_without_agents(tmp_path: Path) -> None:
    (tmp_path / "agents").mkdir()
    line = await refused(tmp_path, 2)
    assert line == f"{tmp_path}/agents holds no agent; write {tmp_path}/agents/pickle/AGENT.md"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\nname: A\nmodle: demo\n---\nhi\n", "agents/pickle/AGENT.md:3: unknown key modle; did you mean"),
        ("---\nname: [A\n---\nhi\n", "agents/pickle/AGENT.md:2: this is not valid YAML"),
        ("just words\n", "agents/pickle/AGENT.md:1: "),
    ],
)
async def test_broken_front_matter_names_file_and_line(tmp_path: Path, text: str, line: str) -> None:
    write_agent(tmp_path, "pickle", text)
    assert (await refused(tmp_path, 2)).startswith(line)


async def test_a_text_file_in_place_of_the_database_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    notes = tmp_path / "data/picklebot.db"
    notes.write_text("milk, bread, pickles\n")
    for args in [("run",), ("chat", "hello"), ("sessions", "list")]:
        assert "picklebot.db is not a database; " in await refused(tmp_path, 1, *args)
    assert notes.read_text() == "milk, bread, pickles\n"
    assert sorted(path.name for path in notes.parent.iterdir()) == [".lock", "picklebot.db"]


async def test_a_busy_port_is_found_before_anything_is_taken_up(tmp_path: Path) -> None:
    with bind("127.0.0.1", 0, spare=0) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "config.yaml").write_text(f"messagebus: {{web: {{port: {port}}}}}\n")
        line = await refused(tmp_path, 1)
    assert line == f"port {port} is in use by another program; stop it or change messagebus.web.port"
    assert [path.name for path in (tmp_path / "data").iterdir()] == [".lock"]


@pytest.fixture
def read_only(tmp_path: Path) -> Generator[Path]:
    """A workspace that nobody may write to."""
    tmp_path.chmod(0o555)
    yield tmp_path
    tmp_path.chmod(0o755)


async def test_a_workspace_that_may_not_be_written(read_only: Path) -> None:
    line = await refused(read_only, 1, prefix=without_override())
    assert line == (
        f"{read_only}/data cannot be used (Permission denied); it must be a folder that picklebot may write to"
    )
    chat = await picklebot("chat", "hello", workspace=read_only, prefix=without_override())
    assert (chat.code, chat.out, len(chat.lines)) == (1, "", 1)


def write_agent(
    workspace: Path, name: str, text: str = "---\nname: A\ndescription: B\n---\nYou help.\n"
) -> None:
    folder = workspace / "agents" / name
    folder.mkdir(parents=True)
    (folder / "AGENT.md").write_text(text)
