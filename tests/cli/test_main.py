"""The command line itself: what it loads, lists and refuses."""

from pathlib import Path

import pytest
from tests.cli.command import loaded_modules, picklebot

HEAVY = {
    "aiogram",
    "aiohttp",
    "alembic",
    "anthropic",
    "discord",
    "fastapi",
    "httpx",
    "openai",
    "pydantic",
    "pydantic_ai",
    "sqlalchemy",
    "uvicorn",
}
COMMANDS = ["run", "chat", "sessions", "config", "sandbox"]


def test_help_loads_no_platform_no_model_and_no_server() -> None:
    run_help = """
from picklebot.cli.main import main
sys.argv = ["picklebot", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""
    assert loaded_modules(run_help) & HEAVY == set()


async def test_help_lists_the_commands() -> None:
    shown = await picklebot("--help")
    assert (shown.code, shown.err) == (0, "")
    assert all(f"│ {command} " in shown.out for command in COMMANDS)
    version = await picklebot("--version")
    assert (version.code, version.out) == (0, "0.1.0\n")


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (("frobnicate",), "there is no command frobnicate"),
        (("--frob",), "there is no option --frob"),
        (("run", "--frob"), "Unknown option: --frob"),
        (("run", "extra"), "what does extra mean here?"),
        (("run", "--log-level", "loud"), '"loud"'),
        (("sessions", "show"), "SESSION_ID requires an argument"),
        (("sessions", "list", "--limit", "few"), '"few"'),
        (("chat", "--sesion", "new", "hello"), "Did you mean --session?"),
        (("chat", "--session"), "requires an argument"),
    ],
)
async def test_what_cannot_mean_anything_is_one_line(args: tuple[str, ...], complaint: str) -> None:
    ended = await picklebot(*args)
    (line,) = ended.lines
    assert (ended.code, ended.out) == (2, "")
    assert line.startswith("picklebot: ")
    assert complaint in line
    assert "picklebot --help" in line


async def test_a_workspace_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    ended = await picklebot("run", workspace=missing)
    assert ended.code == 2
    assert ended.lines == [
        f"picklebot: the workspace {missing} is not a folder; make it, or name another with --workspace"
    ]
    assert not missing.exists()


async def test_control_characters_in_an_error_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in (await picklebot("\x1b[31mred")).err
