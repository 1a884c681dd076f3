"""The session key: a pure, injective function of address, sender and policy.

Its text is the key operators see under `messagebus.<platform>.sessions`:

    123            private chat with user 123         123#55        a topic of that private chat
    123@-100987    user 123 in group -100987          123@-1#55     user 123 in a thread of that group
    @-100987       one session for the whole group    @-100987#55   one session for a thread of it

A key never crosses chats. Bytes outside `[A-Za-z0-9_.-]` are written `%XX`, so the marks stay unambiguous.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from picklebot.model.message import Address, ChatKind, Sender
from picklebot.model.session import Scope

_SAFE: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
_PART: Final = r"(?:[A-Za-z0-9_.-]|%[0-9A-F]{2})+"
_KEY: Final = re.compile(rf"(?P<speaker>{_PART})?(?:@(?P<chat>{_PART}))?(?:#(?P<thread>{_PART}))?")


@dataclass(frozen=True, slots=True)
class SessionKey:
    """What a session is bound to: `speaker` is None where it is shared, `chat` where the chat is private."""

    platform: str
    speaker: str | None
    chat: str | None = None
    thread: str | None = None

    @property
    def text(self) -> str:
        """The key as operators see it; two different keys never have the same text."""
        text = "" if self.speaker is None else escape(self.speaker)
        if self.chat is not None:
            text += "@" + escape(self.chat)
        if self.thread is not None:
            text += "#" + escape(self.thread)
        return text


def parse_key(platform: str, text: str) -> SessionKey:
    """The inverse of `SessionKey.text`. Raises ValueError for a text that no key has."""
    match = _KEY.fullmatch(text)
    if match is None or (match["speaker"] is None and match["chat"] is None):
        raise ValueError(f"{text!r} is not a session key")
    speaker, chat, thread = (unescape(part) for part in match.group("speaker", "chat", "thread"))
    key = SessionKey(platform, speaker, chat, thread)
    if key.text != text:
        raise ValueError(f"{text!r} is not a session key; its plain form is {key.text!r}")
    return key


def key_for(address: Address, sender: Sender, scope: Scope | None = None) -> SessionKey:
    """The key of a message. Without a configured `scope`, threads are shared and all else is the speaker's.

    Whom a program speaks for in private has the key of the platform that they are known on.
    """
    if address.chat_kind is ChatKind.PRIVATE:
        return SessionKey(sender.platform or address.platform, sender.user_id, None, address.thread_id)
    if scope is None:
        scope = Scope.SPEAKER if address.thread_id is None else Scope.THREAD
    match scope:
        case Scope.CHAT:
            return SessionKey(address.platform, None, address.chat_id)
        case Scope.THREAD if address.thread_id is not None:
            return SessionKey(address.platform, None, address.chat_id, address.thread_id)
        case Scope.THREAD | Scope.SPEAKER:
            return SessionKey(address.platform, sender.user_id, address.chat_id, address.thread_id)


def escape(part: str) -> str:
    """Percent-encode every byte of `part` that could be mistaken for a mark."""
    raw = part.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in raw)


def unescape(part: str | None) -> str | None:
    """Undo `escape`."""
    return None if part is None else unquote_to_bytes(part).decode("utf-8", "surrogatepass")
