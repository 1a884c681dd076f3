"""The settings' places, their precedence, and what is said about mistakes in them."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from picklebot.config.load import Loaded
from picklebot.config.secrets import secrets_of
from picklebot.config.settings import Settings
from picklebot.config.workspace import Workspace
from picklebot.errors import ConfigError
from picklebot.forms import key_names
from picklebot.platforms.telegram.settings import TelegramSettings

TOKEN = "123456:abcdefghijklmnopqrstuvwxyz-ABCDEF_012"
TELEGRAM = f"""
messagebus:
  telegram:
    bot_token: {TOKEN}
"""


def refused(load: Any, *args: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(*args)
    assert caught.value.exit_code == 2
    assert TOKEN not in str(caught.value)
    return str(caught.value).splitlines()


def test_an_empty_workspace_has_web_and_demo(load: Any) -> None:
    loaded: Loaded = load()
    assert loaded.settings.messagebus.active() == ("web",)
    assert loaded.settings.llm.choice().name == "demo"
    assert loaded.warnings == ()
    assert not loaded.settings.messagebus.web.port_is_configured


@pytest.mark.parametrize(
    "config", ["", "# nothing\n", "messagebus:\n", "messagebus:\n  telegram:\n", "llm: ~\n"]
)
def test_a_key_with_nothing_behind_it_is_not_set(load: Any, config: str) -> None:
    assert load(config).settings == load().settings


def test_precedence(load: Any) -> None:
    config = "{default_agent: a, chat_max_history: 1, job_max_history: 1, limits: {lane: 1}}"
    runtime = "{chat_max_history: 2, job_max_history: 2}"
    settings = load(
        config, runtime, {"PICKLEBOT_JOB_MAX_HISTORY": "3", "PICKLEBOT_LIMITS__QUEUE": "4"}
    ).settings
    assert (settings.default_agent, settings.chat_max_history, settings.job_max_history) == ("a", 2, 3)
    assert (settings.limits.lane, settings.limits.queue) == (1, 4)


def test_lists_of_users_add_up_over_the_places(load: Any) -> None:
    config = TELEGRAM + "    allowed_user_ids: [1]\n    denied_user_ids: 8\n"
    runtime = "messagebus: {telegram: {allowed_user_ids: 2, denied_user_ids: ['1']}}"
    environ = {"PICKLEBOT_MESSAGEBUS__TELEGRAM__ALLOWED_USER_IDS": "[3, 4]"}
    block = load(config, runtime, environ).settings.messagebus.telegram
    assert block.allowed_user_ids == {"1", "2", "3", "4"}
    assert block.denied_user_ids == {"1", "8"}
    assert [block.admits(user) for user in "12345"] == [False, True, True, True, False]


def test_sessions_alone_do_not_switch_a_platform_on(load: Any) -> None:
    loaded = load(None, 'messagebus: {telegram: {sessions: {"1": abc}}, discord: {sessions: {"2": def}}}')
    assert loaded.settings.messagebus.active() == ("web",)
    assert loaded.warnings == ()


def test_sessions_belong_into_the_other_file(load: Any) -> None:
    lines = refused(load, TELEGRAM + '    sessions: {"1": abc}\n')
    assert lines == ["config.yaml:5: messagebus.telegram.sessions belongs into config.runtime.yaml"]


def test_every_problem_has_its_line(load: Any) -> None:
    config = """\
        defalt_agent: x
        limits:
          lane: few
          turn: 0
        messagebus:
          telegram:
            allowed_user_ids: ["@anna"]
            chats:
              -100: {answer: nevr}
          web: {port: 99999, hots: x}
        """
    assert refused(load, config) == [
        "config.yaml:1: unknown key defalt_agent; did you mean default_agent?",
        "config.yaml:3: limits.lane must be a whole number, not few",
        "config.yaml:4: limits.turn must be more than 0",
        "config.yaml:6: messagebus.telegram.bot_token is missing; @BotFather gives you one, or set enabled: false",
        "config.yaml:7: messagebus.telegram.allowed_user_ids: '@anna' is not an id; /whoami shows the number",
        "config.yaml:9: messagebus.telegram.chats.-100.answer must be spoken_to, always or commands, not nevr",
        "config.yaml:10: messagebus.web.port must be at most 65535",
        "config.yaml:10: unknown key messagebus.web.hots; did you mean host?",
    ]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("a: [", "config.yaml:1: "),
        ("default_agent: a\ndefault_agent: b\n", "config.yaml:2: the key 'default_agent' is here twice"),
        ("- a\n", "config.yaml:1: "),
        ("limits: 3\n", "config.yaml:1: limits must hold keys and values"),
        ("default_agent: ''\n", "config.yaml:1: default_agent is empty"),
        (
            "database_url: mysql://x\n",
            "config.yaml:1: database_url must be sqlite, sqlite:///PATH or postgresql",
        ),
        ("messagebus: {telegram: {bot_token: '1:short'}}\n", "bot_token is not a Telegram bot token"),
        ("messagebus: {discord: {bot_token: 'Bot a.b.c'}}\n", "bot_token is not a Discord bot token"),
        ("messagebus: {discord: {}}\n", "bot_token is missing"),
        ("messagebus: {telegram: {bot_token: '${NOPE}'}}\n", "the environment variable NOPE is not set"),
        ("messagebus: {web: {token: short}}\n", "web.token must be at least 8 letters"),
        (
            "messagebus: {default_platform: irc}\n",
            "default_platform must be telegram, discord or web, not irc",
        ),
    ],
)
def test_mistakes(load: Any, config: str, message: str) -> None:
    (line,) = refused(load, config)
    assert message in line
    assert line.startswith("config.yaml:1: ") or "twice" in line


@pytest.mark.requirement("P31")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "bot.example"])
def test_an_open_door_needs_a_token(load: Any, host: str) -> None:
    (line,) = refused(load, f"messagebus:\n  web:\n    host: '{host}'\n")
    assert line.startswith(f"config.yaml:2: messagebus.web.token is missing; others can reach {host}")
    assert load(f"messagebus: {{web: {{host: '{host}', token: long-enough}}}}").settings.messagebus.web.token


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST"])
def test_this_machine_alone_needs_none(load: Any, host: str) -> None:
    assert load(
        f"messagebus: {{web: {{host: '{host}', port: 0}}}}"
    ).settings.messagebus.web.port_is_configured


def test_a_discord_token_for_another_server_may_look_different(load: Any) -> None:
    real = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0"
    assert load(f"messagebus: {{discord: {{bot_token: {real}}}}}").settings.messagebus.discord
    other = "messagebus: {discord: {bot_token: any, api_base_url: 'http://127.0.0.1:9/api/v10', gateway_url: 'ws://127.0.0.1:9'}}"
    assert load(other).settings.messagebus.discord.gateway_url == "ws://127.0.0.1:9"


def test_a_block_switched_off_needs_nothing(load: Any) -> None:
    bus = load(
        "messagebus: {telegram: {enabled: off, bot_token: '${NOPE}'}, web: {enabled: false, host: 0.0.0.0}}"
    )
    assert bus.settings.messagebus.active() == ()


def test_mistakes_in_the_environment_name_the_variable(load: Any) -> None:
    environ = {
        "PICKLEBOT_LIMITS__LANE": "few",
        "PICKLEBOT_MESSAGEBUS__WEB__PROT": "1",
        "PICKLEBOT_MESSAGEBUS__TELEGRAM__BOT_TOKEN": TOKEN + "!",
    }
    assert refused(load, None, None, environ) == [
        "PICKLEBOT_LIMITS__LANE: limits.lane must be a whole number, not few",
        (
            "PICKLEBOT_MESSAGEBUS__TELEGRAM__BOT_TOKEN: messagebus.telegram.bot_token is not a Telegram bot token; "
            "copy it from @BotFather, it looks like 123456:ABC…"
        ),
        "PICKLEBOT_MESSAGEBUS__WEB__PROT: unknown key messagebus.web.prot; did you mean port?",
    ]
    assert refused(load, None, None, {"PICKLEBOT_OPERATORS__TELEGRAM": "[1,"}) == [
        "PICKLEBOT_OPERATORS__TELEGRAM: is not valid JSON; write [1, 2] or {…}"
    ]


def test_a_wrong_entry_of_a_united_list_is_blamed_on_its_own_place(load: Any) -> None:
    environ = {"PICKLEBOT_MESSAGEBUS__TELEGRAM__ALLOWED_USER_IDS": "5"}
    (line,) = refused(load, TELEGRAM + "    allowed_user_ids: ['@x']\n", None, environ)
    assert line.startswith("config.yaml:5: ")


def test_the_environment_alone_can_switch_a_platform_on(load: Any) -> None:
    environ = {
        "PICKLEBOT_MESSAGEBUS__TELEGRAM__BOT_TOKEN": "${TOKEN}",
        "PICKLEBOT_MESSAGEBUS__TELEGRAM__CHATS": '{"-1": {"answer": "always"}}',
        "PICKLEBOT_MESSAGEBUS__TELEGRAM__ALLOWED_USER_IDS": "1, 2",
        "PICKLEBOT_MESSAGEBUS__WEB__TOKEN": "",
        "TOKEN": TOKEN,
    }
    block = load(None, None, environ).settings.messagebus.telegram
    assert block.bot_token.get_secret_value() == TOKEN
    assert block.allowed_user_ids == {"1", "2"}
    assert block.rule("-1").answer == "always"


def test_strangers_with_our_prefix_are_warned_of(load: Any) -> None:
    environ = {
        "PICKLEBOT_PORT": "tcp://10.0.0.1:80",
        "PICKLEBOT_DEFAULT_AGEN": "x",
        "PICKLEBOT_WORKSPACE": "/",
    }
    assert load(None, None, environ).warnings == (
        "the environment variable PICKLEBOT_DEFAULT_AGEN is not a setting; did you mean PICKLEBOT_DEFAULT_AGENT?",
        "the environment variable PICKLEBOT_PORT is not a setting",
    )


def test_mistakes_in_the_runtime_file_are_warned_of_and_left_out(load: Any) -> None:
    runtime = """\
        # picklebot revision 3
        colour: blue
        chat_max_history: many
        job_max_history: 7
        messagebus:
          telegram:
            sessions: {"1": abc}
            allowed_user_ids: ["@anna"]
            foo: bar
        """
    loaded = load(TELEGRAM + "    allowed_user_ids: [1]\n", runtime)
    assert loaded.settings.job_max_history == 7
    assert loaded.settings.messagebus.telegram.allowed_user_ids == {"1"}
    assert loaded.warnings == (
        "config.runtime.yaml:2: unknown key colour; it is not used",
        "config.runtime.yaml:3: chat_max_history must be a whole number, not many; it is not used",
        (
            "config.runtime.yaml:8: messagebus.telegram.allowed_user_ids: '@anna' is not an id; "
            "/whoami shows the number; it is not used"
        ),
        "config.runtime.yaml:9: unknown key messagebus.telegram.foo; it is not used",
    )


def test_an_unreadable_runtime_file_does_not_stop_the_start(load: Any) -> None:
    loaded = load("default_agent: x", "messagebus: {")
    assert loaded.settings.default_agent == "x"
    (warning,) = loaded.warnings
    assert warning.startswith("config.runtime.yaml:1: ")
    assert warning.endswith("; its settings are not used")


def test_a_mistake_of_config_yaml_is_an_error_though_the_runtime_file_has_settings(load: Any) -> None:
    assert refused(load, "limits: {lane: x}", "limits: {queue: 5}") == [
        "config.yaml:1: limits.lane must be a whole number, not x"
    ]


def test_a_file_that_cannot_be_opened_is_named(load: Any, workspace: Workspace) -> None:
    workspace.config.mkdir()
    (line,) = refused(load)
    assert line.endswith("config.yaml: the file cannot be read: Is a directory")


def test_what_this_version_cannot_do_yet_is_said(load: Any) -> None:
    config = f"""\
        messagebus:
          default_platform: discord
          telegram:
            bot_token: {TOKEN}
            streaming: "off"
            rich_messages: on
            default_chat_id: 5
          discord: {{enabled: false, threads: mention}}
        """
    assert list(load(config).warnings) == ["messagebus.default_platform is discord, which is not switched on"]


@pytest.mark.parametrize(
    ("platform", "token"), [("telegram", TOKEN), ("discord", f"{'a' * 26}.abcdef.{'b' * 38}")]
)
def test_drafts_and_rich_messages_are_telegrams_alone(load: Any, platform: str, token: str) -> None:
    block = f"messagebus: {{{platform}: {{bot_token: '{token}', streaming: draft, rich_messages: on}}}}"
    warned = [line for line in load(block).warnings if "not supported" in line]
    assert len(warned) == (2 if platform == "discord" else 0)


@pytest.mark.parametrize(
    ("written", "threads"),
    [
        ("off", {}),
        ("mention", {"*": "mention"}),
        ("{5: mention}", {"5": "mention"}),
        ('{"*": mention, "5": off}', {"*": "mention", "5": "off"}),
    ],
)
def test_threads_for_all_channels_or_for_some(load: Any, written: str, threads: dict[str, str]) -> None:
    config = f"messagebus: {{discord: {{enabled: false, threads: {written}}}}}"
    assert load(config).settings.messagebus.discord.threads == threads


def test_threads_are_for_channels(load: Any, workspace: Workspace) -> None:
    workspace.config.write_text(
        "messagebus: {discord: {enabled: false, threads: {general: mention}}}", "utf-8"
    )
    [line] = refused(load)
    assert "'general' is not a channel id" in line


def test_database_url(load: Any) -> None:
    assert load("database_url: sqlite").settings.database_url is None
    url = load("database_url: '${URL}'", None, {"URL": "postgresql+psycopg://a:b@h/d"}).settings.database_url
    assert url.get_secret_value() == "postgresql+psycopg://a:b@h/d"


def test_the_example_works_and_mentions_every_key(load: Any, workspace: Workspace) -> None:
    root = Path(__file__).parents[2]
    example = (root / "config.example.yaml").read_text(encoding="utf-8")
    loaded = load(example, (root / "config.runtime.example.yaml").read_text(encoding="utf-8"))
    assert loaded.warnings == ()
    switched_off = loaded.settings.messagebus.model_copy(update={"telegram": None, "discord": None})
    assert loaded.settings.model_copy(update={"messagebus": switched_off}) == load("", "").settings
    mentioned = set(re.findall(r"^\s*(?:# )?(\w+):", example, re.MULTILINE))
    inline = set(re.findall(r"[{,] ?(\w+):", example))
    assert {name.rsplit(".", 1)[-1] for name in key_names(Settings)} <= mentioned | inline


def test_what_the_example_says_of_platforms_are_the_defaults(load: Any) -> None:
    root = Path(__file__).parents[2]
    block = load((root / "config.example.yaml").read_text(encoding="utf-8")).settings.messagebus.telegram
    plain = TelegramSettings.model_validate({"enabled": False})
    shown = block.model_dump(exclude={"bot_token", "chats"})
    assert shown == plain.model_dump(exclude={"bot_token", "chats"})
    assert block.rule("1") == plain.rule("1")


def test_the_environment_s_most_exact_variable_wins(load: Any) -> None:
    environ = {"PICKLEBOT_LIMITS": '{"lane": 1, "queue": 2}', "PICKLEBOT_LIMITS__LANE": "3"}
    limits = load(None, None, environ).settings.limits
    assert (limits.lane, limits.queue) == (3, 2)


def test_what_is_missing_in_the_environment_is_named_as_the_variable_to_set(load: Any) -> None:
    environ = {"PICKLEBOT_MESSAGEBUS__TELEGRAM__MODE": "polling"}
    (line,) = refused(load, None, None, environ)
    assert line.startswith(
        "PICKLEBOT_MESSAGEBUS__TELEGRAM__BOT_TOKEN: messagebus.telegram.bot_token is missing"
    )
    (line,) = refused(load, None, None, {"PICKLEBOT_OPERATORS": "[1]"})
    assert line == "PICKLEBOT_OPERATORS: operators must hold keys and values"
    (line,) = refused(load, None, None, {"PICKLEBOT_FOO__BAR": "1"})
    assert line == "PICKLEBOT_FOO__BAR: unknown key foo"


def test_a_runtime_block_that_is_no_block_is_left_out(load: Any) -> None:
    (warning,) = load(None, "messagebus: {web: 5}").warnings
    assert warning == "config.runtime.yaml:1: messagebus.web must hold keys and values; it is not used"


def test_agents_that_settings_name(load: Any) -> None:
    config = TELEGRAM + '    chats: {-1: {agent: ada}, "*": {}}\n'
    assert list(load(config).settings.agents_named()) == [
        ("default_agent", "pickle"),
        ("messagebus.telegram.chats.-1.agent", "ada"),
    ]


def test_every_secret_is_known_to_the_logs(load: Any) -> None:
    config = f"""\
        llm: {{model: 'openai:x', api_key: key-1}}
        database_url: sqlite:///x
        messagebus:
          telegram: {{bot_token: '{TOKEN}', proxy: 'http://proxy-1', chats: {{-1: {{}}}}}}
          web: {{token: web-token-1}}
        """
    assert set(secrets_of(load(config).settings)) == {
        "key-1",
        "sqlite:///x",
        TOKEN,
        "http://proxy-1",
        "web-token-1",
    }


def test_reading_settings_loads_no_platform_and_no_model() -> None:
    code = (
        "import sys, picklebot.config.load, picklebot.config.live, picklebot.agents.catalog\n"
        "print([name for name in ('aiogram', 'discord', 'pydantic_ai', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("chat", ["telegram:123", "telegram:-100987#55", "discord:456"])
def test_the_chat_of_the_operators(load: Any, chat: str) -> None:
    assert load(f"operators_chat: {chat}").settings.operators_chat == chat


@pytest.mark.parametrize("chat", ["123", "web:1", "telegram:", "telegram:@ann"])
def test_what_is_no_chat_of_the_operators(load: Any, chat: str) -> None:
    with pytest.raises(ConfigError, match="operators_chat must be a chat such as"):
        load(f'operators_chat: "{chat}"')


SECRET = "a-secret-of-some-length"


@pytest.mark.requirement("P33")
@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("", "needs url and secret in mode webhook; or set mode: polling"),
        ("webhook: {url: 'https://bot.example'}", "needs url and secret in mode webhook"),
        (f"webhook: {{secret: {SECRET}}}", "needs url and secret in mode webhook"),
        ("webhook: {url: 'https://bot.example', secret: short}", "needs a secret of 16 to 256"),
        ("webhook: {url: 'https://bot.example', secret: 'sixteen of them!!'}", "needs a secret of 16 to 256"),
        (f"webhook: {{url: 'http://bot.example', secret: {SECRET}}}", "needs an https url"),
    ],
)
def test_a_webhook_is_whole_or_refused(load: Any, block: str, message: str) -> None:
    config = f"messagebus:\n  telegram:\n    bot_token: {TOKEN}\n    mode: webhook\n    {block}\n"
    assert message in "\n".join(refused(load, config))
    assert load(config.replace("mode: webhook", "mode: polling")).settings.messagebus.telegram


@pytest.mark.requirement("P33")
def test_a_webhook_comes_to_the_port_of_the_page(load: Any) -> None:
    config = (
        f"messagebus:\n  web: {{enabled: false}}\n  telegram:\n    bot_token: {TOKEN}\n    mode: webhook\n"
        f"    webhook: {{url: 'https://bot.example', secret: {SECRET}}}\n"
    )
    (line,) = refused(load, config)
    assert "messagebus.web must be enabled for messagebus.telegram.mode: webhook" in line
    assert load(config.replace("enabled: false", "enabled: true")).warnings == ()


@pytest.mark.parametrize("scheme", ["http", "https", "socks5", "socks5h", "socks4", "socks4a"])
def test_a_proxy_speaks_http_or_socks(load: Any, scheme: str) -> None:
    load(f"messagebus:\n  telegram:\n    bot_token: {TOKEN}\n    proxy: '{scheme}://me:x@127.0.0.1:9050'\n")


@pytest.mark.parametrize(
    "proxy",
    [
        "ftp://me:canary@127.0.0.1:9050",
        "proxy.example:3128",
        "socks5://me:canary@",
        "socks5://me:canary@x:port",
    ],
)
def test_a_proxy_is_a_url_of_one(load: Any, proxy: str) -> None:
    (line,) = refused(load, f"messagebus:\n  telegram:\n    bot_token: {TOKEN}\n    proxy: '{proxy}'\n")
    assert line.endswith(
        "messagebus.telegram.proxy must be a proxy such as http://proxy.example:3128 or "
        "socks5h://proxy.example:1080"
    )
    assert "canary" not in line
