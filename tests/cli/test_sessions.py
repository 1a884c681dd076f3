"""`picklebot sessions`: what there is, while a gateway runs and without one."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command import environment, picklebot
from tests.road.gateway_process import run_gateway

pytestmark = pytest.mark.slow

ODD = "red \x1b[31m alert \x07"


async def shown(workspace: Path, *args: str) -> str:
    done = await picklebot("sessions", *args, workspace=workspace)
    assert (done.code, done.err) == (0, ""), done
    return done.out


async def shown_json(workspace: Path, *args: str) -> Any:
    return json.loads(await shown(workspace, *args, "--json"))


async def missing(workspace: Path, session_id: str) -> None:
    done = await picklebot("sessions", "show", session_id, "--json", workspace=workspace)
    assert (done.code, done.out) == (1, "")
    hint = "`picklebot sessions list` shows those there are"
    assert done.lines == [f"picklebot: there is no session {session_id}; {hint}"]


async def test_before_anybody_spoke(tmp_path: Path) -> None:
    assert await shown(tmp_path, "list") == "session  agent  platform  speaker  messages  last message\n"
    assert await shown_json(tmp_path, "list") == []
    await missing(tmp_path, "nope")
    assert files(tmp_path) == []


def files(workspace: Path) -> list[Path]:
    return list(workspace.iterdir())


async def test_sessions_with_and_without_a_gateway(tmp_path: Path) -> None:
    await picklebot("chat", workspace=tmp_path, stdin=ODD.encode())
    (found,) = await shown_json(tmp_path, "list")
    session_id = found["id"]
    await look_as_a_person(tmp_path, session_id)
    before = (tmp_path / "config.runtime.yaml").read_bytes()
    (tmp_path / "config.yaml").write_text("messagebus: {web: {port: 0}}\n")
    async with run_gateway(tmp_path, "web", environ=environment(None, {})):
        await look_as_a_program(tmp_path, session_id)
        for hostile in ("../../etc/passwd", "nope"):
            await missing(tmp_path, hostile)
    assert (tmp_path / "config.runtime.yaml").read_bytes() == before


async def look_as_a_person(workspace: Path, session_id: str) -> None:
    heads, row = (await shown(workspace, "list")).splitlines()
    assert heads.split()[:3] == ["session", "agent", "platform"]
    assert row.split()[:3] == [session_id, "pickle", "console"]
    for_people = await shown(workspace, "show", session_id)
    assert "red ·[31m alert ·" in for_people
    assert not {"\x1b", "\x07"} & set(for_people)


async def look_as_a_program(workspace: Path, session_id: str) -> None:
    session = await shown_json(workspace, "show", session_id)
    assert [message["role"] for message in session["messages"]] == ["user", "assistant"]
    assert session["messages"][0]["text"] == ODD
    assert (session["id"], session["message_count"]) == (session_id, 2)
    assert await shown_json(workspace, "list", "--agent", "nobody") == []
