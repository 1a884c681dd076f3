"""One conversation, any door: a person who speaks from several places shows by a code that it is them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog

from picklebot import clock
from picklebot.bus.commands.conversations import title_of
from picklebot.bus.commands.desk import CarryOut, argument
from picklebot.bus.commands.payload import LINK
from picklebot.bus.guesses import Guesses
from picklebot.model import words
from picklebot.model.choice import Choice, Choices, Said
from picklebot.model.ids import new_id
from picklebot.model.linking import VALID, LinkOffer, digest_of_link
from picklebot.model.message import ChatKind, Command, InboundMessage
from picklebot.model.pairing import new_code
from picklebot.model.parcel import Parcel
from picklebot.model.person import Identity, identity_of
from picklebot.ports.invitation import Invitation
from picklebot.ports.links import Links
from picklebot.ports.storage import Transaction
from picklebot.replies.delivery import Delivery
from picklebot.sessions.resolver import SessionResolver

log = structlog.get_logger()

_LONGEST_NAME: Final = 40


class LinkCommands:
    """`/link`. Whoever says the code is asked first: somebody else may have made them say it."""

    def __init__(
        self,
        resolver: SessionResolver,
        links: Links,
        delivery: Delivery,
        invitations: Mapping[str, Invitation],
    ) -> None:
        self._invitations = invitations
        self._resolver = resolver
        self._links = links
        self._delivery = delivery
        self._guesses = Guesses()

    def known(self) -> Mapping[str, CarryOut]:
        """See Group."""
        return {"link": self._link, "code": self._code}

    def _link(self, tx: Transaction, message: InboundMessage) -> Said:
        if message.address.chat_kind is not ChatKind.PRIVATE:
            return Said(words.IN_PRIVATE)
        code, _, answer = argument(message).partition(" ")
        if not code:
            return self._offer(tx, message)
        if code.lower() == words.OFF:
            return self._part(tx, message)
        return self._answer(tx, message, code, answer)

    def _code(self, tx: Transaction, message: InboundMessage) -> Said:
        """The code of the other place, which nobody takes for a wish to have one."""
        return self._link(tx, message) if argument(message) else Said(words.ASKS["code"])

    def _answer(self, tx: Transaction, message: InboundMessage, code: str, answer: str) -> Said:
        found = self._offered(tx, message, code)
        if isinstance(found, Said):
            return found
        if answer == words.YES:
            return self._join(tx, message, found)
        if answer == words.NO:
            return Said(words.LEFT_AS_IT_IS)
        asked = _about(words.LINK_ASK, found.name, found.identity.platform, code=code)
        return Said(asked, _choices(code))

    def _offer(self, tx: Transaction, message: InboundMessage) -> Said:
        """A code to be said in the other place, and where this person speaks from already."""
        me, code = identity_of(message.address, message.sender), new_code()
        address = replace(message.address, reply_to=None, interaction=None)
        self._links.offer(
            tx, LinkOffer(digest_of_link(code), me, message.sender.name, address, clock.now() + VALID)
        )
        others = self._links.joined(tx, me)[1:]
        told = [words.LINK_CODE.format(code=code), *self._taps(me.platform, code), *_listed(others)]
        return Said("\n\n".join(told), ((Choice(words.LINK_HAVE_CODE, Command("code")),),))

    def _taps(self, here: str, code: str) -> Iterator[str]:
        """Links that say the code in other places."""
        for platform, invitation in self._invitations.items():
            if platform != here and (link := invitation.start_link(f"{LINK}_{code}")):
                yield words.LINK_TAP.format(platform=words.platform_name(platform), link=link)

    def _offered(self, tx: Transaction, message: InboundMessage, code: str) -> LinkOffer | Said:
        me = identity_of(message.address, message.sender)
        if self._guesses.exhausted(_named(me)):
            return Said(words.TOO_MANY_GUESSES)
        offer = self._links.offered(tx, digest_of_link(code), clock.now())
        if offer is None:
            self._guesses.note_wrong(_named(me))
            return Said(words.NO_SUCH_LINK)
        return Said(words.LINK_SELF) if offer.identity == me else offer

    def _join(self, tx: Transaction, message: InboundMessage, offer: LinkOffer) -> Said:
        """The conversation of where the code was made goes on; without one, that of where it was said."""
        me = identity_of(message.address, message.sender)
        session = self._resolver.current_of(tx, offer.identity) or self._resolver.current_of(tx, me)
        self._links.join(tx, offer.identity, me)
        self._links.withdraw(tx, offer.identity)
        session = session or self._resolver.renew(tx, message)
        self._resolver.bind_person(tx, me, session)
        with words.in_language(offer.address.language):
            told = _about(words.LINKED_THERE, message.sender.name, me.platform)
        self._delivery.owe(tx, Parcel(new_id(), "", offer.address, clock.now(), told))
        one, other = _named(offer.identity), _named(me)
        tx.after_commit(lambda: log.info("two accounts are one person now", one=one, other=other))
        return Said(words.LINKED.format(title=title_of(session)))

    def _part(self, tx: Transaction, message: InboundMessage) -> Said:
        me = identity_of(message.address, message.sender)
        if len(self._links.joined(tx, me)) == 1:
            return Said(words.NOT_LINKED)
        self._links.part(tx, me)
        self._resolver.bind_person(tx, me, self._resolver.renew(tx, message))
        return Said(words.UNLINKED)


def _named(identity: Identity) -> str:
    return f"{identity.platform}:{identity.user_id}"


def _about(text: str, name: str, platform: str, *, code: str = "") -> str:
    known = name[:_LONGEST_NAME].strip() or words.SOMEBODY_NEW
    return text.format(name=known, platform=words.platform_name(platform), code=code)


def _listed(others: Sequence[Identity]) -> Sequence[str]:
    platforms = ", ".join(f"{words.platform_name(each.platform)} ({each.user_id})" for each in others)
    return [words.LINKED_WITH.format(places=platforms)] if others else []


def _choices(code: str) -> Choices:
    yes = Choice(words.LINK_YES, Command("link", f"{code} {words.YES}"))
    return ((yes, Choice(words.LINK_NO, Command("link", f"{code} {words.NO}"))),)
