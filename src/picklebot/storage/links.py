"""Identities that are one person, and the codes that are out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update

from picklebot.model.ids import new_id
from picklebot.model.linking import LinkOffer
from picklebot.model.message import Address
from picklebot.model.person import Identity
from picklebot.model.plain import plain
from picklebot.ports.storage import Transaction
from picklebot.storage.tables import identities, link_offers

_THIS = (identities.c.platform == bindparam("of_platform"), identities.c.user_id == bindparam("of_user"))
_PERSON = select(identities.c.person).where(*_THIS)
_EVERYBODY = (
    select(identities.c.platform, identities.c.user_id)
    .where(identities.c.person == bindparam("of_person"))
    .order_by(identities.c.platform, identities.c.user_id)
)
_ADD = insert(identities)
_MERGE = (
    update(identities).where(identities.c.person == bindparam("of_person")).values(person=bindparam("into"))
)
_PART = delete(identities).where(*_THIS)
_OFFERED = select(link_offers).where(
    link_offers.c.digest == bindparam("of_digest"), link_offers.c.until > bindparam("now")
)
_WITHDRAW = delete(link_offers).where(
    link_offers.c.platform == bindparam("of_platform"), link_offers.c.user_id == bindparam("of_user")
)


class SqlLinks:
    """Implements `ports.links.Links`."""

    def joined(self, tx: Transaction, identity: Identity) -> Sequence[Identity]:
        if (person := _person(tx, identity)) is None:
            return [identity]
        rows = tx.connection.execute(_EVERYBODY, {"of_person": person})
        others = (Identity(row.platform, row.user_id) for row in rows)
        return [identity, *(each for each in others if each != identity)]

    def join(self, tx: Transaction, one: Identity, other: Identity) -> None:
        first, second = _person(tx, one), _person(tx, other)
        person = first or second or new_id()
        if first is None:
            _add(tx, one, person)
        if second is None:
            _add(tx, other, person)
        elif second != person:
            tx.connection.execute(_MERGE, {"of_person": second, "into": person})

    def part(self, tx: Transaction, identity: Identity) -> None:
        tx.connection.execute(_PART, _named(identity))

    def offer(self, tx: Transaction, offer: LinkOffer) -> None:
        self.withdraw(tx, offer.identity)
        row = {
            **plain(offer.identity),
            "digest": offer.digest,
            "name": offer.name,
            "address": json.dumps(plain(offer.address)),
            "until": offer.until,
        }
        tx.connection.execute(insert(link_offers), row)

    def offered(self, tx: Transaction, digest: str, now: datetime) -> LinkOffer | None:
        row = tx.connection.execute(_OFFERED, {"of_digest": digest, "now": now}).one_or_none()
        if row is None:
            return None
        identity, address = Identity(row.platform, row.user_id), Address.load(json.loads(row.address))
        return LinkOffer(row.digest, identity, row.name, address, row.until)

    def withdraw(self, tx: Transaction, identity: Identity) -> None:
        tx.connection.execute(_WITHDRAW, _named(identity))


def _person(tx: Transaction, identity: Identity) -> str | None:
    return tx.connection.execute(_PERSON, _named(identity)).scalar_one_or_none()


def _add(tx: Transaction, identity: Identity, person: str) -> None:
    tx.connection.execute(_ADD, {**plain(identity), "person": person})


def _named(identity: Identity) -> dict[str, str]:
    return {"of_platform": identity.platform, "of_user": identity.user_id}
