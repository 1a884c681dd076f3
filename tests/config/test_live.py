"""Edits while the gateway runs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from picklebot.config.live import LiveSettings
from picklebot.config.workspace import Workspace
from picklebot.logs import redact
from picklebot.model.message import Address, ChatKind, Sender
from picklebot.model.session import Scope, SessionMode
from picklebot.ports.rules import Answer, ChatRule
from picklebot.yamltext import read

TOKEN = "123456:abcdefghijklmnopqrstuvwxyz-ABCDEF_012"
AGENTS = {"pickle", "engineer"}
AGENTS_LATER: set[str] = set()
UNKNOWN = "a setting names an unknown agent; what was in force stays"


def config(**keys: Any) -> str:
    more = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    return f"messagebus:\n  telegram:\n    bot_token: {TOKEN}\n{more}"


@pytest.fixture
def live(load: Any) -> Callable[..., LiveSettings]:
    def live_(*files: str) -> LiveSettings:
        return LiveSettings(load(*files), agents=lambda: AGENTS | AGENTS_LATER)

    return live_


def admitted(
    live: LiveSettings,
    user: str,
    platform: str = "telegram",
    *,
    group: str = "",
    belongs: tuple[str, ...] = (),
) -> bool:
    kind = ChatKind.GROUP if group else ChatKind.PRIVATE
    there = Address(platform, "bot", group or user, kind)
    return live.admits(there, Sender(user, "any", memberships=belongs))


def address(chat: str, platform: str = "telegram") -> Address:
    return Address(platform, "bot", chat)


async def until(condition: Callable[[], bool], seconds: float = 2.0) -> None:
    """Wait for what an edit changes; an edit is promised to be in force within two seconds."""
    with anyio.fail_after(seconds):
        while not condition():  # noqa: ASYNC110 - a file is watched, nothing signals
            await anyio.sleep(0.02)


def events(logs: list[EventDict], event: str) -> list[EventDict]:
    return [entry for entry in logs if entry["event"] == event]


def test_admission(live: Any) -> None:
    rules = live(config(allowed_user_ids="[1, 2]", denied_user_ids="[2]"))
    assert [admitted(rules, user) for user in ("1", "2", "3", "*", "any")] == [
        True,
        False,
        False,
        False,
        False,
    ]
    assert admitted(rules, "anybody", "web")
    assert admitted(rules, "anybody", "console")
    assert not admitted(rules, "1", "discord")
    assert not admitted(rules, "1", "elsewhere")


@pytest.mark.requirement("P27")
@pytest.mark.requirement("S0.9")
def test_a_schedule_is_the_operators_word(live: Any) -> None:
    rules = live(config(allowed_user_ids=[]))
    assert admitted(rules, "daily", "schedule")
    assert rules.is_operator("schedule", "daily")
    assert not rules.is_operator("telegram", "daily")


def test_another_bot_is_admitted_as_a_bot_alone(live: Any) -> None:
    rules = live(config(allowed_user_ids="['*']", denied_user_ids="[9]", allowed_bot_ids="[8, 9]"))
    bots = [Sender(bot, "", is_bot=True) for bot in "789"]
    assert [rules.admits(address("-5"), bot) for bot in bots] == [False, True, False]
    assert not rules.denies("telegram", "8")
    assert rules.denies("telegram", "9")
    assert not rules.denies("elsewhere", "9")


def test_which_chats_the_settings_name(live: Any) -> None:
    rules = live(config(chats="{-9: {answer: always}, '*': {}}"))
    assert [rules.names(address(chat)) for chat in ("-9", "-8")] == [True, False]
    assert not rules.names(address("-9", "elsewhere"))


@pytest.mark.requirement("P27")
def test_a_group_admits_its_own_people_there_alone(live: Any) -> None:
    chats = "{-9: {allowed_user_ids: [3]}, -8: {allowed_user_ids: ['*']}}"
    rules = live(config(allowed_user_ids="[1]", denied_user_ids="[2]", chats=chats))
    assert [admitted(rules, user, group="-9") for user in "123"] == [True, False, True]
    assert [admitted(rules, user, group="-8") for user in "1234"] == [True, False, True, True]
    assert not admitted(rules, "3")
    assert not admitted(rules, "3", group="-7")
    everywhere = live(config(chats="{'*': {allowed_user_ids: ['*']}}"))
    assert [admitted(everywhere, "5", group=group) for group in ("-7", "")] == [True, False]


@pytest.mark.requirement("P27")
def test_a_server_and_a_role_admit_live(live: Any) -> None:
    rules = live("messagebus: {discord: {enabled: false, denied_user_ids: [2], allowed_guild_ids: [10]}}")
    on_server = {"platform": "discord", "group": "5"}
    assert [admitted(rules, user, **on_server, belongs=("guild:10",)) for user in "12"] == [True, False]
    assert not admitted(rules, "1", **on_server, belongs=("guild:11", "role:10"))
    rules.runtime_changed(
        read("messagebus: {discord: {allowed_role_ids: [20]}}", source="config.runtime.yaml")
    )
    for belonging in ("role:20", "guild:10"):
        assert admitted(rules, "1", **on_server, belongs=("guild:11", belonging))
    assert not admitted(rules, "2", **on_server, belongs=("role:20",))


def test_operators_add_up_and_are_live(live: Any) -> None:
    rules = live("operators: {telegram: [1], discord: ['*']}\n")
    assert rules.is_operator("telegram", "1")
    assert not rules.is_operator("discord", "1")
    assert not rules.is_operator("web", "1")
    rules.runtime_changed(read("operators: {telegram: ['2']}", source="config.runtime.yaml"))
    assert [rules.is_operator("telegram", user) for user in "123"] == [True, True, False]


def test_an_open_bot_is_said_once(live: Any) -> None:
    with capture_logs() as logs:
        rules = live(config(allowed_user_ids="['*']"))
        rules.runtime_changed(read("chat_max_history: 3", source="config.runtime.yaml"))
    (entry,) = events(logs, "everybody is admitted")
    assert entry["key"] == "messagebus.telegram.allowed_user_ids"
    assert admitted(rules, "77")


def test_the_policy_of_a_chat(live: Any) -> None:
    rules = live(config(chats='{-1: {session: chat, agent: engineer}, "*": {answer: always}}'))
    assert rules.chat_rule(address("-1")) == ChatRule(Scope.CHAT, Answer.SPOKEN_TO, "engineer")
    assert rules.chat_rule(address("-2")) == ChatRule(None, Answer.ALWAYS, None)
    assert rules.chat_rule(address("-1", "discord")) == rules.chat_rule(address("x", "web")) == ChatRule()


@pytest.mark.requirement("S0.8")
def test_what_a_mode_means(live: Any) -> None:
    rules = live("{chat_max_history: 5, job_max_history: 6, limits: {turn: 10}}")
    chat, job = rules.policy(SessionMode.CHAT), rules.policy(SessionMode.JOB)
    assert (chat.history_window, chat.deadline, job.history_window, job.deadline) == (5, 10, 6, 60)


def test_the_runtime_file_is_taken_over_at_once(live: Any) -> None:
    rules = live(config(allowed_user_ids="[1]"))
    rules.runtime_changed(
        read("messagebus: {telegram: {allowed_user_ids: [2], sessions: {'1': a}}}", source="r")
    )
    assert admitted(rules, "1")
    assert admitted(rules, "2")
    rules.runtime_changed(read("messagebus: {telegram: {denied_user_ids: [1]}}", source="r"))
    assert not admitted(rules, "1")
    assert not admitted(rules, "2")
    assert rules.current.messagebus.discord is None


def _in_place(path: Path, text: str) -> Iterator[None]:
    path.write_text(text)
    yield


def _by_rename(path: Path, text: str) -> Iterator[None]:
    new = path.with_suffix(".swp")
    new.write_text(text)
    path.unlink()
    yield
    new.rename(path)


def _in_two_steps(path: Path, text: str) -> Iterator[None]:
    with path.open("w") as file:
        file.write(text[: len(text) // 2])
        file.flush()
        yield
        file.write(text[len(text) // 2 :])


@pytest.mark.parametrize("save", [_in_place, _by_rename, _in_two_steps])
async def test_an_edit_of_config_yaml_is_in_force_within_two_seconds(
    live: Any, workspace: Workspace, save: Callable[[Path, str], Iterator[None]]
) -> None:
    rules = live(config(allowed_user_ids="[1]"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(rules.run)
        await anyio.wait_all_tasks_blocked()
        for _ in save(workspace.config, config(allowed_user_ids="[2]")):
            await anyio.sleep(0.1)  # the time an editor takes in the middle of saving
        await until(lambda: admitted(rules, "2"))
        tasks.cancel_scope.cancel()
    assert not admitted(rules, "1")


async def test_an_edit_between_loading_and_running_is_seen(live: Any, workspace: Workspace) -> None:
    rules = live(config())
    workspace.config.write_text(config(allowed_user_ids="[5]"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(rules.run)
        await until(lambda: admitted(rules, "5"))
        tasks.cancel_scope.cancel()


async def test_a_config_yaml_that_begins_to_exist_is_followed(live: Any, workspace: Workspace) -> None:
    rules = live()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(rules.run)
        await anyio.wait_all_tasks_blocked()
        workspace.config.write_text("chat_max_history: 7")
        await until(lambda: rules.current.chat_max_history == 7)
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("messagebus: [", "config.yaml:1: "),
        ("default_agent: engineer\nlimts: {}\n", "config.yaml:2: unknown key limts; did you mean limits?"),
        ("", "config.yaml is empty or gone; the settings stay as they are"),
    ],
)
async def test_a_broken_edit_keeps_the_last_good_state(
    live: Any, workspace: Workspace, text: str, message: str
) -> None:
    rules = live(config(allowed_user_ids="[1]"))
    with capture_logs() as logs:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(rules.run)
            await anyio.wait_all_tasks_blocked()
            workspace.config.write_text(text)
            await until(lambda: any(message in str(entry) for entry in logs), 4)
            tasks.cancel_scope.cancel()
    assert admitted(rules, "1")
    assert rules.default_agent() == "pickle"


async def test_a_broken_file_is_told_until_it_is_mended(live: Any, workspace: Workspace) -> None:
    rules = live(config())
    assert rules.trouble is None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(rules.run)
        await anyio.wait_all_tasks_blocked()
        for text, trouble in (
            (
                "chat_max_history: 4\nlimits: {lane: canary}\n",
                "config.yaml:2 is wrong; the last good settings stay",
            ),
            ("", "config.yaml is empty or gone; the last good settings stay"),
            (config(), None),
        ):
            workspace.config.write_text(text)
            await until(lambda trouble=trouble: rules.trouble == trouble, 4)
            rules.runtime_changed(read("chat_max_history: 3", source="r"))
            assert rules.trouble == trouble, "the other file mends nothing here"
        tasks.cancel_scope.cancel()


async def test_an_unknown_agent_of_a_chat_leaves_what_was_in_force(live: Any) -> None:
    rules = live(config(chats="{-1: {agent: engineer}, '*': {agent: pickle}}"))
    wish = "messagebus: {telegram: {chats: {-1: {agent: eve, answer: always}, -2: {agent: eve}}}}"
    with capture_logs() as logs:
        for _ in range(2):
            rules.runtime_changed(read(wish, source="config.runtime.yaml"))
        assert rules.chat_rule(address("-1")) == ChatRule(None, Answer.ALWAYS, "engineer")
        assert rules.chat_rule(address("-2")).agent == "pickle", "as before, that of all others"
    assert {entry["error"] for entry in events(logs, UNKNOWN)} == {
        f"config.runtime.yaml:1: messagebus.telegram.chats.{chat}.agent: there is no agent 'eve'; "
        "the agents found are: engineer, pickle"
        for chat in ("-1", "-2")
    }
    assert len(events(logs, UNKNOWN)) == 2
    assert rules.trouble == (
        "config.runtime.yaml:1, config.runtime.yaml:1: there is no such agent; what was in force stays"
    )
    AGENTS_LATER.add("eve")
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(rules.run)
            await until(lambda: rules.trouble is None)
            tasks.cancel_scope.cancel()
    finally:
        AGENTS_LATER.clear()
    assert rules.chat_rule(address("-2")).agent == "eve"


def test_what_needs_a_restart_is_said_once_for_each_change(live: Any) -> None:
    rules = live(config())
    with capture_logs() as logs:
        for text in (
            "messagebus: {web: {port: 9}}",
            "messagebus: {web: {port: 9}}",
            "messagebus: {web: {port: 10}}",
        ):
            rules.runtime_changed(read(text, source="r"))
        rules.runtime_changed(read("limits: {turn: 5, lane: 3}", source="r"))
    restarts = [entry["key"] for entry in events(logs, "restart needed")]
    assert restarts == ["messagebus.web.port", "messagebus.web.port", "limits.lane"]
    assert rules.restart_needed == ("limits.lane",)
    rules.runtime_changed(read("limits: {turn: 5}", source="r"))
    assert rules.restart_needed == ()
    assert rules.current.messagebus.web.port == 8080
    assert (rules.current.limits.turn, rules.current.limits.lane) == (5, 20)
    assert [entry["keys"] for entry in events(logs, "settings changed")] == [["limits.turn"]]


def test_a_changed_secret_needs_a_restart_and_is_not_shown(live: Any) -> None:
    rules = live(config())
    with capture_logs() as logs:
        rules.runtime_changed(read(f"messagebus: {{telegram: {{bot_token: '9{TOKEN}'}}}}", source="r"))
        rules.runtime_changed(read("messagebus: {web: {token: live-canary}}", source="r"))
    assert [entry["key"] for entry in events(logs, "restart needed")] == [
        "messagebus.telegram.bot_token",
        "messagebus.web.token",
    ]
    assert TOKEN not in str(logs)
    assert redact("see live-canary") == "see ***"


def test_the_default_agent_changes_only_to_one_that_exists(live: Any) -> None:
    rules = live("")
    with capture_logs() as logs:
        rules.runtime_changed(read("default_agent: nobody", source="r"))
        assert rules.default_agent() == "pickle"
        rules.runtime_changed(read("default_agent: engineer", source="r"))
    assert rules.default_agent() == "engineer"
    assert [entry["error"] for entry in events(logs, UNKNOWN)] == [
        "r:1: default_agent: there is no agent 'nobody'; the agents found are: engineer, pickle"
    ]
    assert rules.trouble is None


async def test_a_platform_whose_block_is_gone_admits_nobody(live: Any, workspace: Workspace) -> None:
    rules = live(config(allowed_user_ids="[1]"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(rules.run)
        await anyio.wait_all_tasks_blocked()
        workspace.config.write_text("default_agent: pickle\n")
        await until(lambda: not admitted(rules, "1"))
        tasks.cancel_scope.cancel()


def test_warnings_are_not_repeated(live: Any) -> None:
    rules = live("")
    with capture_logs() as logs:
        for text in ("colour: blue", "colour: blue\nchat_max_history: 4"):
            rules.runtime_changed(read(text, source="r"))
    assert [entry["detail"] for entry in events(logs, "a setting needs a look")] == [
        "r:1: unknown key colour; it is not used"
    ]
