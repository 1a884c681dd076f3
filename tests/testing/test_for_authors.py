"""The kit in a suite that is not ours, and the guide to it."""

import re
import sys
from pathlib import Path

import anyio
import pytest

HERE = Path(__file__).parent
GUIDE = HERE.parents[1] / "docs" / "testing-agents.md"

SUITE = {
    "pytest.ini": "[pytest]\nanyio_mode = auto\nfilterwarnings = error\n",
    "conftest.py": 'pytest_plugins = ["picklebot.testing.plugin"]\n',
    "agents/scribe/AGENT.md": "---\nname: Scribe\n---\nYou write down what you are told.\n",
    "test_scribe.py": """
from pathlib import Path

async def test_it_answers(gateway):
    config = {"default_agent": "scribe"}
    async with gateway(agents=Path(__file__).parent / "agents", config=config) as running:
        assert (await running.ask("buy milk")).startswith("You said: buy milk.")

async def test_each_test_has_platforms_of_its_own(telegram_sandbox, discord_sandbox):
    assert telegram_sandbox.users == []
    assert discord_sandbox.guilds == []
""",
}


@pytest.mark.slow
async def test_a_suite_of_its_own_needs_two_files(tmp_path: Path) -> None:
    for name, text in SUITE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    with anyio.fail_after(60):
        done = await anyio.run_process(command, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout.decode()


def test_the_guide_shows_tests_that_run() -> None:
    shown = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    ours = (HERE / "example" / "test_engineer.py").read_text()
    assert len(shown) == 2
    assert all(each in ours for each in shown)


async def test_the_fakes_need_no_pytest() -> None:
    """A program may use them too."""
    code = "import sys, picklebot.testing.ledger, picklebot.testing.running; print('pytest' in sys.modules)"
    done = await anyio.run_process([sys.executable, "-c", code])
    assert done.stdout == b"False\n"
