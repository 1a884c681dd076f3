"""The `messagebus.telegram` block."""

from __future__ import annotations

import re
from typing import Final, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from picklebot.forms.chat import PlatformForm
from picklebot.forms.form import Form, HttpUrl, wrong
from picklebot.forms.secret import Secret

_TOKEN: Final = re.compile(r"\d+:[A-Za-z0-9_-]{30,}", re.ASCII)


class WebhookForm(Form):
    """Where Telegram delivers updates in mode webhook."""

    url: HttpUrl | None = None
    """the public address of this gateway"""
    secret: Secret | None = None
    """what Telegram proves itself with"""


class TelegramSettings(PlatformForm):
    """A Telegram bot. `api_base_url` is the part before `/bot<token>/`."""

    bot_token: Secret | None = Field(default=None, validate_default=True)
    """what @BotFather gave you, such as 123456:ABC…"""
    mode: Literal["polling", "webhook"] = "polling"
    """how updates arrive: polling needs no public address"""
    webhook: WebhookForm | None = None
    """for mode webhook"""

    @field_validator("bot_token")
    @classmethod
    def _check_token(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if info.data.get("enabled") is False:
            return token
        if token is None:
            raise wrong("is missing; @BotFather gives you one, or set enabled: false")
        if not _TOKEN.fullmatch(token.get_secret_value()):
            raise wrong("is not a Telegram bot token; copy it from @BotFather, it looks like 123456:ABC…")
        return token
