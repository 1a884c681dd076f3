"""What is shown of the settings, and their schema."""

import json
from typing import Any

from picklebot.config.schema import json_schema
from picklebot.config.settings import Settings
from picklebot.config.show import show
from picklebot.forms import key_names
from picklebot.yamltext import read

SECRETS = {
    "telegram": "123456:abcdefghijklmnopqrstuvwxyz-ABCDEF_012",
    "discord": "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0",
    "web": "canary-of-the-web",
    "key": "sk-canary",
    "database": "postgresql+psycopg://user:canary@host/db",
}
EVERYTHING = """
default_agent: "123"
llm: {{model: 'openai:x', api_key: {key}, temperature: 0.5}}
database_url: {database}
operators: {{telegram: [1]}}
messagebus:
  default_platform: web
  telegram:
    bot_token: {telegram}
    allowed_user_ids: [2, "1"]
    rate: off
    webhook: {{secret: {web}}}
    chats: {{-100: {{session: thread, answer: always, agent: pickle}}}}
  discord: {{bot_token: {discord}, threads: mention, rate: {{group: 3/h}}}}
  web: {{token: {web}, port: 9}}
""".format(**SECRETS)


def test_secrets_are_not_shown(load: Any) -> None:
    settings = load(EVERYTHING).settings
    for text in (show(settings), repr(settings), str(settings)):
        assert not [name for name, secret in SECRETS.items() if secret in text]
    assert show(settings).count("'***'") == 6


def test_what_is_shown_could_have_been_written(load: Any) -> None:
    settings = load(EVERYTHING).settings
    written = show(settings)
    for secret in ("key", "database", "telegram", "web", "discord", "web"):
        written = written.replace("'***'", f"'{SECRETS[secret]}'", 1)
    assert load(written).settings == settings


def test_the_schema_names_and_explains_every_key() -> None:
    schema = json_schema()
    text = json.dumps(schema)
    properties = [
        schema["properties"],
        *(form["properties"] for form in schema["$defs"].values() if "properties" in form),
    ]
    assert all("description" in value for block in properties for value in block.values())
    assert all(f'"{name.rsplit(".", 1)[-1]}"' in text for name in key_names(Settings))
    assert schema["additionalProperties"] is False


def test_the_defaults_are_shown_as_yaml(load: Any) -> None:
    data = read(show(load().settings), source="shown").data
    assert data is not None
    assert data["default_agent"] == "pickle"
    assert data["messagebus"] == {"web": {"enabled": "true", "host": "127.0.0.1", "port": "8080"}}
