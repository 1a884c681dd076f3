"""What Telegram's and Discord's blocks have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from picklebot.forms.form import Form, HttpUrl, Ids, checked_url, wrong
from picklebot.forms.secret import Secret
from picklebot.model.rate import Rate
from picklebot.model.session import Scope
from picklebot.ports.rules import Answer, ChatRule

SOCKS: Final = ("socks5", "socks5h", "socks4", "socks4a")
"""The proxies that speak SOCKS. With an `h` or `a` at the end the proxy looks names up."""

_OFF: Final = frozenset({"off", "false", "no"})
_NO_PROXY: Final = "must be a proxy such as http://proxy.example:3128 or socks5h://proxy.example:1080"
_RATE: Final = re.compile(r"(\d{1,6})\s*/\s*(s|min|h)(?:\s+burst\s+(\d{1,6}))?")
_SECONDS: Final = {"s": 1.0, "min": 60.0, "h": 3600.0}


def off(value: Any) -> Any:
    """`off`, whether it was written off, no or false."""
    return "off" if value is False or (isinstance(value, str) and value.lower() in _OFF) else value


def _off_is_none(value: Any) -> Any:
    return None if off(value) == "off" else value


def _rate(value: Any) -> Rate:
    if isinstance(value, Rate):
        return value
    match = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or not int(match[1]):
        raise wrong("must be a rate such as 1/s, 20/min or 20/min burst 3")
    return Rate(int(match[1]), _SECONDS[match[2]], max(1, int(match[3] or 1)))


def _chat_id(text: str) -> str:
    if text == "*" or re.fullmatch(r"-?\d{1,20}", text, re.ASCII):
        return text
    raise wrong(f'{text!r} is not a chat id; write its number, or "*" for every chat')


RateText = Annotated[Rate, BeforeValidator(_rate), WithJsonSchema({"type": "string"})]
"""A rate in words, such as `20/min burst 3`."""


class ChatForm(Form):
    """The policy of one chat, or of all others under "*"."""

    session: Scope | None = None
    """who shares a session there: speaker, chat or thread; without it a thread has one, all else each speaker"""
    answer: Answer = Answer.SPOKEN_TO
    """when to answer in a group: spoken_to, always, or to commands only"""
    agent: str | None = Field(default=None, min_length=1)
    """the agent of new sessions there, instead of default_agent"""
    allowed_user_ids: Ids = frozenset()
    """who else may talk to the bot in that group: everybody there with ["*"]"""

    def rule(self) -> ChatRule:
        """The same as the word that the bus knows."""
        return ChatRule(self.session, self.answer, self.agent)


class RatesForm(Form):
    """The budgets of one platform: for a private chat, for a group, and for the bot as a whole."""

    chat: RateText = Rate(1, 1.0, 3)
    """messages to one private chat"""
    group: RateText = Rate(20, 60.0, 3)
    """messages to one group"""
    bot: RateText = Rate(30, 1.0, 1)
    """messages of the bot in all"""


class PlatformForm(Form):
    """The keys that each chat platform has."""

    enabled: bool = True
    """false keeps the block but does not connect"""
    api_base_url: HttpUrl | None = None
    """another server with the platform's API"""
    bot_token: Secret | None = None
    """the bot's token"""
    proxy: Secret | None = None
    """a proxy to go through, such as http://proxy.example:3128 or socks5h://user:password@proxy.example:1080"""
    allowed_user_ids: Ids = frozenset()
    """who may talk to the bot: nobody while it is empty, everybody with ["*"]; live"""
    denied_user_ids: Ids = frozenset()
    """who may not, whatever stands elsewhere; live"""
    allowed_bot_ids: Ids = frozenset()
    """other bots that may talk to the bot, each time that they mention it; live"""
    pairing: bool = True
    """whether a stranger gets a code that an operator may approve; live"""
    default_chat_id: str | None = None
    """the chat the bot speaks to of its own accord"""
    streaming: Annotated[Literal["edit", "draft", "off"], BeforeValidator(off)] = "edit"
    """how an answer grows: edit shows it as it comes, draft too, off only when it is complete"""
    ring: Literal["answer", "placeholder"] = "answer"
    """which message makes the phone ring: the beginning of the answer, or a placeholder"""
    rate: Annotated[RatesForm | None, BeforeValidator(_off_is_none)] = RatesForm()
    """how much the bot says at most, or off"""
    link_previews: bool = False
    """whether links in answers show a preview"""
    rich_messages: bool = False
    """whether answers come as Telegram's rich messages where that shows more"""
    chats: dict[Annotated[str, AfterValidator(_chat_id)], ChatForm] = Field(default_factory=dict)
    """a policy for a chat id, or "*"; live"""

    @field_validator("proxy")
    @classmethod
    def _check_proxy(cls, proxy: SecretStr | None) -> SecretStr | None:
        if proxy is not None:
            try:
                checked_url(proxy.get_secret_value(), ("http", "https", *SOCKS))
            except PydanticCustomError:
                raise wrong(_NO_PROXY) from None
        return proxy

    def rule(self, chat_id: str) -> ChatRule:
        """The policy of a chat: its own, else that of "*", else the default."""
        form = self._form(chat_id)
        return form.rule() if form else ChatRule()

    def admits(self, user_id: str, *, group: str | None = None, memberships: Iterable[str] = ()) -> bool:
        """Whether this user may talk to the bot, in a group or in private; being denied wins."""
        if self.denies(user_id):
            return False
        form = None if group is None else self._form(group)
        return (
            _holds(self.allowed_user_ids, user_id)
            or (form is not None and _holds(form.allowed_user_ids, user_id))
            or not self._admitted_memberships().isdisjoint(memberships)
        )

    def admits_bot(self, bot_id: str) -> bool:
        """Whether this other bot may talk to the bot; being allowed as a user is not enough."""
        return not self.denies(bot_id) and _holds(self.allowed_bot_ids, bot_id)

    def denies(self, user_id: str) -> bool:
        """Whether this user was shut out."""
        return _holds(self.denied_user_ids, user_id)

    def _form(self, chat_id: str) -> ChatForm | None:
        return self.chats.get(chat_id) or self.chats.get("*")

    def _admitted_memberships(self) -> frozenset[str]:
        """What is enough to belong to."""
        return frozenset()


def _holds(ids: frozenset[str], user_id: str) -> bool:
    return user_id in ids or "*" in ids
