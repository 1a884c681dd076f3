"""Agents as their authors write them, and as they edit them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from structlog.testing import capture_logs
from tests.hostile import IDS

from picklebot.agents.catalog import AgentCatalog
from picklebot.agents.definition import parse_agent
from picklebot.errors import ConfigError, NotFoundError
from picklebot.forms import SecretSources
from picklebot.logs import redact
from picklebot.model.agent import Busy, ModelChoice

DEFAULT = ModelChoice("openai:x", api_key="sk-default")
ROOT = Path(__file__).parents[2]
MINIMAL = "---\n---\nBe kind."

Load = Callable[[], AgentCatalog]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "agents"


@pytest.fixture
def load(folder: Path) -> Load:
    return lambda: AgentCatalog.load(folder, DEFAULT, SecretSources({"KEY": "own-canary-key"}, folder.parent))


def write(folder: Path, agent_id: str, text: str) -> None:
    path = folder / agent_id / "AGENT.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    if path.stat().st_mtime_ns == before:
        os.utime(path, ns=(before + 1, before + 1))


def parse(text: str) -> Any:
    return parse_agent(
        "a", text, source="a/AGENT.md", default_model=DEFAULT, secrets=SecretSources({}, Path("/nowhere"))
    )


def test_front_matter_and_prompt(folder: Path, load: Load) -> None:
    matter = """---
name: Ada
description: counts
llm: {model: 'anthropic:y', api_key: '${KEY}', temperature: 0.1}
tools: [clock]
engine: llm
step_limit: 3
turn_timeout: 5
allowed_users: [1, anna]
skills: []
---

You count.

---
Still the prompt.
"""
    write(folder, "ada", matter.replace("\n", "\r\n"))
    agent = load().get("ada")
    assert (agent.id, agent.name, agent.description, agent.tools) == ("ada", "Ada", "counts", ("clock",))
    assert agent.prompt == "You count.\n\n---\nStill the prompt."
    assert agent.model == ModelChoice("anthropic:y", "own-canary-key", None, 0.1)
    assert redact("sent own-canary-key and own-key") == "sent *** and own-key"
    assert (agent.step_limit, agent.turn_timeout, agent.allowed_users) == (3, 5.0, ("1", "anna"))


def test_what_is_not_said_is_the_default(folder: Path, load: Load) -> None:
    write(folder, "a", "\ufeff" + MINIMAL)
    write(folder, "b", "---\nmodel: openai:y\n---\nx")
    catalog = load()
    assert catalog.get("a").model == DEFAULT
    assert catalog.get("a").name == "a"
    assert catalog.get("b").model == ModelChoice("openai:y", "sk-default")
    assert catalog.ids() == ("a", "b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: the first line must be ---, which begins the front matter"),
        ("You are kind.", ":1: the first line must be ---"),
        ("---\nname: x\n", ":1: the front matter is not closed; end it with a line ---"),
        ("---\nname: x\n---\n \n", ":3: the prompt is missing; write it below the second ---"),
        ("---\n\nnmae: x\n---\nhi", ":3: unknown key nmae; did you mean name?"),
        ("---\nname: x\nstep_limit: 0\n---\nhi", ":3: step_limit must be at least 1"),
        ("---\nturn_timeout: soon\n---\nhi", ":2: turn_timeout must be a number, not soon"),
        ("---\ntools: [clok]\n---\nhi", ":2: there is no tool clok; there are: clock"),
        ("---\nname: x\nmodel: demo\nllm: {}\n---\nhi", ":3: model and llm say the same; keep one of them"),
        ("---\nllm:\n  modl: demo\n---\nhi", ":3: unknown key llm.modl; did you mean model?"),
        ("---\nmodel: gpt\n---\nhi", ":2: model: 'gpt' is not a model"),
        (
            "---\nllm: {api_key: '${NOPE}'}\n---\nhi",
            ":2: llm.api_key: the environment variable NOPE is not set",
        ),
        ("---\nname: [\n---\nhi", ":2: "),
        ("---\nname: a\nname: b\n---\nhi", ":3: the key 'name' is here twice"),
        ("---\n- a\n---\nhi", ":2: the file must hold keys and values"),
        (
            "---\nengine: claude-code\n---\nhi",
            ":2: engine: claude-code is not supported by this version; use llm",
        ),
        ("---\nengine: magic\n---\nhi", ":2: engine must be llm or claude-code, not magic"),
        ("---\nskills: [a]\n---\nhi", ":2: skills is not supported by this version; leave it out"),
        ("---\nmcp: {a: {}}\n---\nhi", ":2: mcp is not supported by this version; leave it out"),
        ("---\nmemory: {learn: on}\n---\nhi", ":2: memory is not supported by this version; leave it out"),
        ("---\nworking_directory: /\n---\nhi", ":2: working_directory is not supported by this version"),
    ],
)
def test_mistakes_name_their_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value).startswith(f"a/AGENT.md{message}")
    assert "\n" not in str(caught.value)


def test_several_mistakes_are_told_together() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("---\nstep_limit: x\nfoo: 1\n---\nhi")
    assert str(caught.value).splitlines() == [
        "a/AGENT.md:2: step_limit must be a whole number, not x",
        "a/AGENT.md:3: unknown key foo",
    ]


def test_odd_line_separators_belong_to_the_prompt() -> None:
    assert parse("---\nname: x\n---\none\u2028two\x0cthree").prompt == "one\u2028two\x0cthree"


def test_a_wrong_file_stops_the_start_with_its_path(folder: Path, load: Load) -> None:
    write(folder, "good", MINIMAL)
    write(folder, "bad", "---\nfoo: 1\n---\nx")
    with pytest.raises(ConfigError, match=r"^agents/bad/AGENT.md:2: unknown key foo$"):
        load()


def test_bytes_that_are_no_text_and_a_folder_in_the_way(folder: Path, load: Load) -> None:
    write(folder, "a", MINIMAL)
    (folder / "a" / "AGENT.md").write_bytes(b"---\n---\n\xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load()
    (folder / "a" / "AGENT.md").unlink()
    (folder / "a" / "AGENT.md").mkdir()
    with pytest.raises(ConfigError, match=r"agents/a/AGENT.md: the file cannot be read"):
        load()


def test_a_folder_name_that_is_no_id(folder: Path, load: Load) -> None:
    write(folder, "my agent", MINIMAL)
    with pytest.raises(ConfigError, match="is named with letters, digits"):
        load()


def test_a_workspace_without_agents_folder_has_the_embedded_agent(folder: Path, load: Load) -> None:
    catalog = load()
    assert catalog.ids() == ("pickle",)
    assert catalog.require("pickle").name == "Pickle"
    with pytest.raises(
        ConfigError,
        match=r"without a folder .*/agents there is only pickle, so write .*/agents/ada/AGENT.md$",
    ):
        catalog.require("ada")


def test_the_embedded_agent_is_the_one_in_the_repository() -> None:
    embedded = ROOT / "src/picklebot/agents/pickle.md"
    assert embedded.read_text(encoding="utf-8") == (ROOT / "agents/pickle/AGENT.md").read_text(
        encoding="utf-8"
    )


def test_the_repository_s_agents_are_well_written() -> None:
    catalog = AgentCatalog.load(ROOT / "agents", DEFAULT, SecretSources({}, ROOT))
    assert catalog.ids() == ("engineer", "pickle")
    assert all(catalog.get(agent_id).description for agent_id in catalog.ids())


def test_an_agent_needs_no_key(folder: Path) -> None:
    write(folder, "a", MINIMAL)
    catalog = AgentCatalog.load(folder, ModelChoice(), SecretSources({}, folder))
    assert catalog.get("a").model == ModelChoice("demo")


def test_an_empty_agents_folder_says_what_to_do(folder: Path, load: Load) -> None:
    (folder / "empty").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"holds no agent; write .*/agents/pickle/AGENT.md$"):
        load()


@pytest.mark.requirement("S0.6")
def test_an_unknown_default_agent_lists_the_agents_found(folder: Path, load: Load) -> None:
    for agent_id in ("ada", "bob"):
        write(folder, agent_id, MINIMAL)
    with pytest.raises(ConfigError) as caught:
        load().require("pickle")
    assert str(caught.value) == "default_agent: there is no agent 'pickle'; the agents found are: ada, bob"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("agent_id", ["nobody", "../good", "good/../good", "", ".", "a" * 65, "a\x00b"])
def test_an_unknown_agent_lists_the_agents_found(folder: Path, load: Load, agent_id: str) -> None:
    write(folder, "good", MINIMAL)
    with pytest.raises(NotFoundError, match=r"there are: good$"):
        load().get(agent_id)


@pytest.mark.requirement("P29")
def test_no_id_leads_out_of_the_folder(folder: Path, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "pickle", MINIMAL)
    for outside in (folder.parent, folder.parent / "secret", folder / "a" / "b"):
        write(outside.parent, outside.name, MINIMAL)
    monkeypatch.chdir(folder)
    catalog = load()
    for agent_id in IDS:
        with pytest.raises(NotFoundError, match=r"there are: pickle$"):
            catalog.get(agent_id)
    assert catalog.ids() == ("pickle",)


def test_an_edit_is_used_once_it_was_looked_at(folder: Path, load: Load) -> None:
    write(folder, "a", MINIMAL)
    catalog = load()
    unchanged = catalog.get("a")
    assert catalog.get("a") is unchanged
    write(folder, "a", "---\n---\nBe bold.")
    assert catalog.get("a") is unchanged, "asking costs no look at the disk"
    catalog.look()
    assert catalog.get("a").prompt == "Be bold."


def test_a_broken_edit_keeps_the_last_good_definition_and_is_told_once(folder: Path, load: Load) -> None:
    write(folder, "a", MINIMAL)
    catalog = load()
    with capture_logs() as logs:
        write(folder, "a", "---\nfoo: 1\n---\nBe bold.")
        catalog.look()
        catalog.look()
        assert catalog.get("a").prompt == "Be kind."
    (entry,) = logs
    assert entry["error"] == "agents/a/AGENT.md:2: unknown key foo"
    assert catalog.troubles == {"a": "agents/a/AGENT.md:2 is wrong"}
    write(folder, "a", "---\n---\nBe mended.")
    catalog.look()
    assert catalog.get("a").prompt == "Be mended."
    assert catalog.troubles == {}


def test_a_file_that_vanishes_leaves_the_agent(folder: Path, load: Load) -> None:
    write(folder, "a", MINIMAL)
    catalog = load()
    file = folder / "a" / "AGENT.md"
    with capture_logs() as logs:
        file.rename(file.with_name("AGENT.old"))
        catalog.look()
        catalog.look()
        assert catalog.get("a").prompt == "Be kind."
    assert [entry["agent"] for entry in logs] == ["a"]
    assert catalog.troubles == {"a": "agents/a/AGENT.md is gone"}
    file.with_name("AGENT.old").rename(file)
    catalog.look()
    assert catalog.get("a").prompt == "Be kind."
    assert catalog.troubles == {}


async def test_what_nobody_asks_for_is_looked_at_too(folder: Path, load: Load) -> None:
    for agent_id in ("a", "b"):
        write(folder, agent_id, MINIMAL)
    catalog = load()
    (folder / "a" / "AGENT.md").unlink()
    write(folder, "b", "---\nfoo: 1\n---\nBe bold.")
    write(folder, "c", "broken")
    (folder / "d").mkdir()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(catalog.watch)
        await anyio.wait_all_tasks_blocked()
        assert catalog.troubles == {
            "a": "agents/a/AGENT.md is gone",
            "b": "agents/b/AGENT.md:2 is wrong",
            "c": "agents/c/AGENT.md:1 is wrong",
        }
        tasks.cancel_scope.cancel()


def test_the_embedded_agent_has_no_file_to_miss(load: Load) -> None:
    catalog = load()
    assert catalog.get("pickle").id == "pickle"
    assert catalog.troubles == {}


def test_a_new_folder_is_found_while_it_runs(folder: Path, load: Load) -> None:
    write(folder, "a", MINIMAL)
    catalog = load()
    write(folder, "b", MINIMAL)
    write(folder, "c", "broken")
    assert catalog.get("b").id == "b"
    with capture_logs() as logs:
        assert catalog.ids() == catalog.ids() == ("a", "b")
    assert len(logs) == 1
    with pytest.raises(NotFoundError):
        catalog.get("c")


def test_what_becomes_of_messages_while_it_is_busy() -> None:
    assert parse(MINIMAL).busy is Busy.QUEUE
    assert parse("---\nbusy: steer\n---\nBe kind.").busy is Busy.STEER
    with pytest.raises(ConfigError, match=r"a/AGENT.md:2: busy must be queue or steer, not later"):
        parse("---\nbusy: later\n---\nBe kind.")
