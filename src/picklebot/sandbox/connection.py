"""What a gateway's config.yaml says to come into the sandbox."""

from collections.abc import Mapping

from picklebot.sandbox.demo import DISCORD_PEOPLE, TELEGRAM_PEOPLE
from picklebot.sandbox.discord import TEST_TOKEN as DISCORD_TOKEN
from picklebot.sandbox.telegram import TEST_TOKEN as TELEGRAM_TOKEN


def config_lines(host: str, telegram_port: int, discord_port: int) -> str:
    """The YAML for sandboxes on these ports, with their tokens, and the people of the demo admitted."""
    name = f"[{host}]" if ":" in host else host
    telegram, discord = f"{name}:{telegram_port}", f"{name}:{discord_port}"
    return f"""\
messagebus:
  telegram:
    bot_token: "{TELEGRAM_TOKEN}"
    api_base_url: http://{telegram}
    allowed_user_ids: {_admitted(TELEGRAM_PEOPLE)}
  discord:
    bot_token: "{DISCORD_TOKEN}"
    api_base_url: http://{discord}/api/v10
    gateway_url: ws://{discord}/gateway
    allowed_user_ids: {_admitted(DISCORD_PEOPLE)}
"""


def _admitted(people: Mapping[int, str]) -> str:
    return f"[{', '.join(map(str, people))}]  # {', '.join(people.values())}"
