"""What the Telegram platform needs to know, drawn from the operator's settings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from picklebot.forms.chat import RatesForm
from picklebot.model.rate import Rate, Rates
from picklebot.platforms.telegram.settings import TelegramSettings

OFFICIAL: Final = "https://api.telegram.org"

LARGEST: Final = 50_000_000
"""Bytes of a file that Telegram takes of a bot. Source: https://core.telegram.org/bots/api#sending-files."""
LARGEST_ELSEWHERE: Final = 2_000_000_000
"""The same where the server is one's own. Source: https://core.telegram.org/bots/api#using-a-local-bot-api-server."""

_UNHURRIED: Final = 0.05


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """`url` is the gateway's public address; `look_every` are the seconds between two looks at how it goes."""

    url: str
    secret: str = field(repr=False)
    max_connections: int = 40
    look_every: float = 60.0


@dataclass(frozen=True, slots=True)
class TelegramOptions:
    """Times are in seconds.

    `api_base_url` is the part before `/bot<token>/`; `proxy` an http or SOCKS proxy. `poll_timeout` is how long
    Telegram may hold an empty poll. `chat_pace` and `group_pace` lie between two changes of a message, and
    `rates` are what the bot may say at all. With `previews` off a message comes only when it is complete; so it
    does with `drafts`, which show it until then. With `placeholder` it begins as "…". With `rich` it comes as a
    rich message where that shows more. Without a `webhook` the bot polls. `largest_file` is in
    bytes.
    """

    token: str = field(repr=False)
    api_base_url: str = OFFICIAL
    proxy: str | None = field(default=None, repr=False)
    poll_timeout: int = 30
    request_timeout: int = 30
    chat_pace: float = 1.0
    group_pace: float = 3.5
    rates: Rates | None = None
    previews: bool = True
    drafts: bool = False
    placeholder: bool = False
    link_previews: bool = False
    rich: bool = False
    webhook: WebhookOptions | None = None
    largest_file: int = LARGEST

    @classmethod
    def of(cls, settings: TelegramSettings) -> TelegramOptions:
        """The options of an enabled `messagebus.telegram` block."""
        return cls(
            token=settings.bot_token.get_secret_value() if settings.bot_token else "",
            api_base_url=settings.api_base_url or OFFICIAL,
            proxy=settings.proxy.get_secret_value() if settings.proxy else None,
            chat_pace=_pace(settings.rate.chat) if settings.rate else _UNHURRIED,
            group_pace=_pace(settings.rate.group) if settings.rate else _UNHURRIED,
            rates=_rates(settings.rate) if settings.rate else None,
            previews=settings.streaming != "off",
            drafts=settings.streaming == "draft" and settings.ring != "placeholder",
            placeholder=settings.ring == "placeholder",
            link_previews=settings.link_previews,
            rich=settings.rich_messages,
            webhook=_webhook(settings),
            largest_file=LARGEST_ELSEWHERE if settings.api_base_url else LARGEST,
        )


def _webhook(settings: TelegramSettings) -> WebhookOptions | None:
    form = settings.webhook
    if settings.mode == "polling" or form is None or form.url is None or form.secret is None:
        return None
    return WebhookOptions(form.url, form.secret.get_secret_value(), form.max_connections)


def _pace(rate: Rate) -> float:
    return max(_UNHURRIED, rate.seconds / rate.amount)


def _rates(form: RatesForm) -> Rates:
    """A second's worth may always go at once, or the bot could make one call at a time."""
    bot = form.bot
    return Rates(form.chat, form.group, replace(bot, burst=max(bot.burst, int(bot.per_second))))
