"""What is kept about a speaker: how much it is, all of it in writing, and its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from picklebot import clock
from picklebot.bus.commands.desk import CarryOut, argument
from picklebot.bus.commands.transcript import as_json, as_markdown
from picklebot.model import words
from picklebot.model.choice import Choice, Said
from picklebot.model.message import ChatKind, Command, InboundMessage
from picklebot.model.parcel import chat_of
from picklebot.model.person import Identity, identity_of
from picklebot.model.session import Session
from picklebot.ports.links import Links
from picklebot.ports.messages import MessageLog
from picklebot.ports.records import Records, Spent
from picklebot.ports.storage import Transaction
from picklebot.sessions.quotas import Quotas
from picklebot.sessions.resolver import SessionResolver

LONGEST: Final = 40_000
"""Characters of an export that a chat is shown, about: the newest of it."""
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class RecordCommands:
    """`/usage /export /forget`. What a group shares is none of one speaker's to export or delete."""

    def __init__(
        self,
        resolver: SessionResolver,
        records: Records,
        links: Links,
        messages: MessageLog,
        quotas: Quotas,
    ) -> None:
        self._resolver = resolver
        self._records = records
        self._links = links
        self._quotas = quotas
        self._messages = messages

    def known(self) -> Mapping[str, CarryOut]:
        """See Group."""
        return {"usage": self._usage, "export": self._export, "forget": self._forget}

    def _usage(self, tx: Transaction, message: InboundMessage) -> Said:
        midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        spans = (
            (words.TODAY, midnight),
            (words.LAST_WEEK, midnight - timedelta(days=6)),
            (words.IN_ALL, _EVER),
        )
        everybody = self._links.joined(tx, identity_of(message.address, message.sender))
        lines = (_usage_line(span, self._records.spent(tx, everybody, since)) for span, since in spans)
        left = self._quotas.left(tx, message)
        return Said("\n".join([words.USAGE, *lines, *([left] if left else [])]))

    def _export(self, tx: Transaction, message: InboundMessage) -> Said:
        """This conversation to read; with `json`, all of them for programs."""
        if message.address.chat_kind is not ChatKind.PRIVATE:
            return Said(words.IN_PRIVATE)
        if argument(message).lower() == words.JSON:
            every = self._conversations(
                tx, self._links.joined(tx, identity_of(message.address, message.sender))
            )
            made = as_json(((it, self._records.said(tx, it.id)) for it in every), LONGEST)
        else:
            session = self._resolver.current(tx, message)
            if session is None:
                return Said(words.NO_SESSIONS)
            made = as_markdown(session, self._records.said(tx, session.id), LONGEST)
        return Said(made.text if made.whole else words.EXPORT_CUT.format(text=made.text))

    def _forget(self, tx: Transaction, message: InboundMessage) -> Said:
        """Asks first. It is done in one commit, and not while anything of theirs runs or waits."""
        wanted = argument(message).lower()
        if wanted == words.NO:
            return Said(words.NOT_FORGOTTEN)
        everybody = self._links.joined(tx, identity_of(message.address, message.sender))
        every = self._conversations(tx, everybody)
        if wanted != words.EVERYTHING:
            yes, no = Command("forget", words.EVERYTHING), Command("forget", words.NO)
            choices = ((Choice(words.FORGET_YES, yes),), (Choice(words.FORGET_NO, no),))
            return Said(words.FORGET_ASK.format(count=words.counted("conversation", len(every))), choices)
        chat = chat_of(message.address)
        news = [self._messages.news(tx, session.id, chat) for session in every]
        if any(it.running or it.waiting for it in news):
            return Said(words.FORGET_BUSY)
        private = message.address.chat_kind is ChatKind.PRIVATE
        count = 0
        for each in everybody:
            theirs = private and each.platform == message.address.platform
            count += self._forget_one(tx, each, chat if theirs else "")
        return Said(words.FORGOTTEN.format(count=words.counted("conversation", count)))

    def _forget_one(self, tx: Transaction, identity: Identity, chat: str) -> int:
        for key in self._records.keys(tx, identity):
            self._resolver.unbind(tx, identity.platform, key)
        self._links.part(tx, identity)
        self._links.withdraw(tx, identity)
        return self._records.forget(tx, identity, chat)

    def _conversations(self, tx: Transaction, everybody: Sequence[Identity]) -> Sequence[Session]:
        """Of all that a person speaks as, each with the newest first."""
        return [session for each in everybody for session in self._records.conversations(tx, each)]


def _usage_line(span: str, spent: Spent) -> str:
    messages = words.counted("message", spent.messages)
    tokens = words.counted("token", spent.input_tokens + spent.output_tokens)
    return words.USAGE_LINE.format(span=span, messages=messages, tokens=tokens)
