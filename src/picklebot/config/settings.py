"""Everything that can be set, with its defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator

from picklebot.forms import Form, Ids, LlmForm, Secret, wrong
from picklebot.forms.chat import PlatformForm
from picklebot.forms.form import listed
from picklebot.forms.transcription import TranscriptionForm
from picklebot.model.quota import Quota
from picklebot.platforms.discord.settings import DiscordSettings
from picklebot.platforms.telegram.settings import TelegramSettings
from picklebot.platforms.web.settings import WebSettings

Pauses = Annotated[tuple[Annotated[float, Field(ge=0, le=3600)], ...], BeforeValidator(listed)]
"""Seconds, one after the other; one number alone will do."""


class Operators(Form):
    """Who may use operators' commands."""

    telegram: Ids = frozenset()
    """Telegram user ids"""
    discord: Ids = frozenset()
    """Discord user ids"""

    def of(self, platform: str) -> frozenset[str]:
        """Those of one platform; "*" stands for nobody here."""
        ids = {"telegram": self.telegram, "discord": self.discord}.get(platform, frozenset[str]())
        return ids - {"*"}


class Limits(Form):
    """Bounds; times are in seconds."""

    lane: int = Field(default=20, ge=1)
    """messages that may wait in one session"""
    queue: int = Field(default=10_000, ge=1)
    """messages that may wait in all"""
    concurrency: int = Field(default=32, ge=1)
    """turns that run at the same time"""
    speaker: int = Field(default=8, ge=1)
    """turns of one speaker that run at the same time, in whatever sessions"""
    tries: int = Field(default=3, ge=1, le=10)
    """how often a turn is begun at most"""
    retry_pauses: Pauses = (2.0, 10.0)
    """how long to wait before the second try, the third and so on; the last is kept"""
    first_token: float = Field(default=60, gt=0)
    """how long a model may think before its first word"""
    silence: float = Field(default=60, gt=0)
    """how long a model may pause in the middle"""
    tool: float = Field(default=120, gt=0)
    """how long one run of a tool may take"""
    turn: float = Field(default=600, gt=0)
    """how long one turn may take over all tries; live"""
    file: int = Field(default=20_000_000, ge=0)
    """bytes of the largest file that is fetched for an agent; larger ones are only told of"""
    result_file: int = Field(default=20_000_000, ge=0)
    """bytes of the largest file that an agent may write"""
    session_results: int = Field(default=500_000_000, ge=0)
    """bytes of all files that agents wrote in one session"""
    session_result_files: int = Field(default=1_000, ge=0)
    """how many these files may be"""
    drain: float = Field(default=25, ge=0)
    """how long running turns may go on when the gateway is stopped"""


class Quotas(Form):
    """What one person may use in 24 hours, wherever they write. Operators may always; live."""

    messages: int | None = Field(default=None, ge=1)
    """messages that are answered"""
    tokens: int | None = Field(default=None, ge=1)
    """tokens that their answers take, in and out"""
    dollars: float | None = Field(default=None, gt=0)
    """what their answers cost in US dollars, as far as the price of the model is publicly known"""

    def quota(self) -> Quota:
        """What is written here."""
        return Quota(self.messages, self.tokens, self.dollars)


class MessageBus(Form):
    """The platforms that people talk on."""

    default_platform: Literal["telegram", "discord", "web"] | None = None
    """where the bot speaks of its own accord"""
    telegram: TelegramSettings | None = None
    """Telegram; on where this block is there"""
    discord: DiscordSettings | None = None
    """Discord; on where this block is there"""
    web: WebSettings = WebSettings()
    """the page and the HTTP API"""

    @field_validator("web")
    @classmethod
    def _check_web(cls, web: WebSettings, info: ValidationInfo) -> WebSettings:
        telegram: TelegramSettings | None = info.data.get("telegram")
        if not web.enabled and telegram is not None and telegram.enabled and telegram.mode == "webhook":
            raise wrong("must be enabled for messagebus.telegram.mode: webhook, which comes to its port")
        return web

    def chat_platform(self, name: str) -> PlatformForm | None:
        """The block of a chat platform, whether it is enabled or not."""
        return {"telegram": self.telegram, "discord": self.discord}.get(name)

    def active(self) -> tuple[str, ...]:
        """The platforms that are switched on."""
        blocks = {"telegram": self.telegram, "discord": self.discord, "web": self.web}
        return tuple(name for name, block in blocks.items() if block is not None and block.enabled)


class Settings(Form):
    """The whole of config.yaml."""

    default_agent: str = Field(default="pickle", min_length=1)
    """the agent that answers new sessions; live"""
    llm: LlmForm = LlmForm()
    """the model of agents that name none"""
    transcription: TranscriptionForm | None = None
    """who puts voice messages and recordings into words; without it, nobody does"""
    database_url: Secret | None = None
    """sqlite for the file in data/ (the default), or postgresql+psycopg://…"""
    chat_max_history: int = Field(default=50, ge=1)
    """messages of the conversation that an agent is given; live"""
    job_max_history: int = Field(default=500, ge=1)
    """the same for jobs; live"""
    operators: Operators = Operators()
    """who may use operators' commands; live"""
    operators_chat: str | None = None
    """the chat that is told of what needs an operator, such as telegram:123 or discord:456"""
    limits: Limits = Limits()
    """bounds of queues and times"""
    quotas: Quotas = Quotas()
    """what one person may use in a day; live"""
    messagebus: MessageBus = MessageBus()
    """the platforms"""

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, url: SecretStr | None) -> SecretStr | None:
        text = url.get_secret_value() if url else "sqlite"
        if text == "sqlite":
            return None
        if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise wrong("must be sqlite, sqlite:///PATH or postgresql+psycopg://…")
        return url

    @field_validator("operators_chat")
    @classmethod
    def _check_operators_chat(cls, chat: str | None) -> str | None:
        if chat is None or re.fullmatch(r"(telegram|discord):-?\d{1,20}(#\d{1,20})?", chat, re.ASCII):
            return chat
        raise wrong("must be a chat such as telegram:123, telegram:-100987#55 or discord:456")

    def agents_named(self) -> Iterator[tuple[str, str]]:
        """Each key that names an agent, with that agent."""
        yield "default_agent", self.default_agent
        for platform in ("telegram", "discord"):
            block = self.messagebus.chat_platform(platform)
            for chat, form in (block.chats if block else {}).items():
                if form.agent:
                    yield agent_key(platform, chat), form.agent


def agent_key(platform: str, chat: str) -> str:
    """The dotted key of a chat's own agent."""
    return f"messagebus.{platform}.chats.{chat}.agent"
