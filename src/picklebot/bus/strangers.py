"""Who is not admitted costs nothing: they are told their id once a day, and perhaps given a code."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import structlog

from picklebot import clock
from picklebot.bus.answers import Answers
from picklebot.bus.doors import Entrance
from picklebot.model import words
from picklebot.model.choice import Said
from picklebot.model.message import ChatKind, InboundMessage
from picklebot.ports.news import News, NewsKind
from picklebot.ports.platform import Receipt
from picklebot.ports.rules import Rules
from picklebot.ports.storage import Database, NoticeLog, Transaction

log = structlog.get_logger()

DAY: Final = 86_400.0
MOST_REMEMBERED: Final = 10_000
"""Strangers that are known without asking the database."""


class Strangers:
    """Refuses them, each as seldom as is polite."""

    def __init__(
        self,
        database: Database,
        notices: NoticeLog,
        rules: Rules,
        doors: Entrance,
        *,
        answers: Answers,
        news: News | None,
    ) -> None:
        self._database = database
        self._notices = notices
        self._rules = rules
        self._doors = doors
        self._answers = answers
        self._news = news
        self._told: dict[str, datetime] = {}

    async def refuse(self, message: InboundMessage) -> Receipt:
        """Tell a stranger their own id, at most once a day; the rest of the day costs nothing at all.

        That a group was told does not count where they may be let in: they come to ask for their code.
        """
        if message.address.interaction is not None:
            return Receipt.REFUSED  # which its platform says itself, each time
        platform, user_id = message.address.platform, message.sender.user_id
        subject = f"{'knocked' if self._may_knock(message) else 'refused'}:{platform}:{user_id}"
        now = clock.now()
        told = self._told.get(subject)
        if told is not None and (now - told).total_seconds() < DAY:
            return Receipt.REFUSED
        if len(self._told) >= MOST_REMEMBERED:
            self._told.clear()

        def tell(tx: Transaction) -> bool:
            due = self._notices.due(tx, subject, now, DAY)
            if due:
                with words.in_language(message.address.language):
                    self._answers.owe(tx, message, Said(self._refusal(tx, message)), "")
            return due

        if await self._database.write(tell):
            log.info(
                "somebody who is not admitted wrote",
                platform=message.address.platform,
                user=message.sender.user_id,
            )
        self._told[subject] = now
        return Receipt.REFUSED

    def _refusal(self, tx: Transaction, message: InboundMessage) -> str:
        """What a stranger is told. A code is for them alone, so a group does not see one."""
        address, sender = message.address, message.sender
        text = words.not_admitted(address.platform, sender.user_id)
        if not self._may_knock(message):
            return text
        if (code := self._doors.knock(tx, address.platform, sender)) is None:
            return text
        if self._news is not None:
            self._tell_operators(tx, self._news, message)
        return text + words.YOUR_CODE.format(code=code)

    def _may_knock(self, message: InboundMessage) -> bool:
        """Whether this is a place to give them a code, and they may have one."""
        private = message.address.chat_kind is ChatKind.PRIVATE
        return private and self._rules.pairs(message.address.platform, message.sender.user_id)

    def _tell_operators(self, tx: Transaction, news: News, message: InboundMessage) -> None:
        platform, user_id = message.address.platform, message.sender.user_id
        with words.for_operators():
            name = message.sender.name or words.SOMEBODY_NEW
            told = words.NEWS_PAIRING.format(
                name=name, platform=words.platform_name(platform), user_id=user_id
            )
        tx.after_commit(lambda: news.tell(NewsKind.PAIRING, told))
