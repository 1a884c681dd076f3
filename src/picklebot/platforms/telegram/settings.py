"""The `messagebus.telegram` block."""

from __future__ import annotations

import re
from typing import Final, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from picklebot.forms.chat import PlatformForm
from picklebot.forms.form import Form, HttpUrl, wrong
from picklebot.forms.secret import Secret

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{16,256}", re.ASCII)
_TOKEN: Final = re.compile(r"\d+:[A-Za-z0-9_-]{30,}", re.ASCII)


class WebhookForm(Form):
    """Where Telegram delivers updates in mode webhook."""

    url: HttpUrl | None = None
    """the public address of this gateway; Telegram brings updates to /webhooks/telegram there"""
    secret: Secret | None = None
    """what Telegram proves itself with: 16 to 256 letters, digits, _ and -"""
    max_connections: int = Field(default=40, ge=1, le=100)
    """how many updates Telegram brings at the same time"""


class TelegramSettings(PlatformForm):
    """A Telegram bot. `api_base_url` is the part before `/bot<token>/`."""

    bot_token: Secret | None = Field(default=None, validate_default=True)
    """what @BotFather gave you, such as 123456:ABC…"""
    mode: Literal["polling", "webhook"] = "polling"
    """how updates arrive: polling needs no public address"""
    webhook: WebhookForm | None = Field(default=None, validate_default=True)
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

    @field_validator("webhook")
    @classmethod
    def _check_webhook(cls, form: WebhookForm | None, info: ValidationInfo) -> WebhookForm | None:
        if info.data.get("enabled") is False or info.data.get("mode") != "webhook":
            return form
        if form is None or form.url is None or form.secret is None:
            raise wrong("needs url and secret in mode webhook; or set mode: polling")
        if not _SECRET.fullmatch(form.secret.get_secret_value()):
            raise wrong("needs a secret of 16 to 256 letters, digits, _ and -")
        if not form.url.startswith("https://") and info.data.get("api_base_url") is None:
            raise wrong("needs an https url; Telegram brings updates to no other")
        return form
