"""`picklebot config`: what is in force, and whether it would start."""

import json
import re
from pathlib import Path

import pytest
from tests.cli.command import picklebot

pytestmark = pytest.mark.slow

BOT = "123456:AAHcanary-canary-canary-canary-canary"
KEY = "sk-canary-of-the-model"
CONFIG = f"""\
default_agent: pickle
llm: {{model: "openai:gpt-4.1-mini", api_key: "{KEY}"}}
messagebus:
  telegram: {{bot_token: "{BOT}", allowed_user_ids: [7]}}
"""


async def test_check_and_show(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "config.runtime.yaml").write_text("chat_max_history: 9\nodd: 1\n")
    checked = await picklebot("config", "check", workspace=tmp_path)
    assert checked.code == 0
    *warnings, verdict = checked.out.splitlines()
    assert verdict == "The configuration is good. Platforms: telegram, web. Agents: pickle."
    assert any("config.runtime.yaml:2: unknown key odd" in warning for warning in warnings)
    environ = {"PICKLEBOT_JOB_MAX_HISTORY": "11"}
    shown = await picklebot("config", "show", "--effective", workspace=tmp_path, environ=environ)
    assert (shown.code, shown.err) == (0, "")
    assert {"chat_max_history: 9", "job_max_history: 11"} <= set(shown.out.splitlines())
    assert "'7'" in shown.out or '"7"' in shown.out
    for said in (checked.out, checked.err, shown.out):
        assert "canary" not in said
    assert not (tmp_path / "data").exists()


@pytest.mark.requirement("S0.9")
async def test_check_tells_when_each_schedule_comes(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    for cron_id, more in (("daily", ""), ("off", "enabled: false\n")):
        folder = tmp_path / "crons" / cron_id
        folder.mkdir(parents=True)
        (folder / "CRON.md").write_text(f'---\nschedule: "0 9 * * *"\nto: telegram:7\n{more}---\nNews?\n')
    checked = await picklebot("config", "check", workspace=tmp_path)
    assert checked.code == 0
    daily, off = checked.out.splitlines()[-2:]
    assert re.fullmatch(r"Schedule daily: next at 20\d\d-\d\d-\d\dT09:00\+00:00\.", daily)
    assert off == "Schedule off: switched off."
    (tmp_path / "crons/daily/CRON.md").write_text('---\nschedule: "0 9 * * *"\n---\nNews?\n')
    checked = await picklebot("config", "check", workspace=tmp_path)
    assert (checked.code, checked.out) == (2, "")
    assert checked.err.startswith(
        "picklebot: crons/daily/CRON.md:1: to: there is no default chat; set messagebus"
    )


async def test_the_schema_is_json(tmp_path: Path) -> None:
    printed = await picklebot("config", "schema", workspace=tmp_path)
    assert (printed.code, printed.err) == (0, "")
    assert "messagebus" in json.loads(printed.out)["properties"]
