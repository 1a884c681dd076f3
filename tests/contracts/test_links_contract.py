"""Who is one person in several places, on every database."""

from __future__ import annotations

from datetime import timedelta

from tests.storage.samples import NOON

from picklebot.model.linking import LinkOffer, digest_of_link
from picklebot.model.message import Address
from picklebot.model.person import Identity
from picklebot.ports.links import Links
from picklebot.storage.database import Database
from picklebot.storage.links import SqlLinks

links: Links = SqlLinks()
ANN, BEN, CAT, DAN = (
    Identity("telegram", "1"),
    Identity("discord", "2"),
    Identity("web", "3"),
    Identity("x", "4"),
)


async def joined(database: Database, identity: Identity) -> list[Identity]:
    return [*await database.read(lambda tx: links.joined(tx, identity))]


async def test_who_was_never_joined_is_alone(database: Database) -> None:
    assert await joined(database, ANN) == [ANN]


async def test_joining_holds_for_all_and_parting_for_one(database: Database) -> None:
    for one, other in ((ANN, BEN), (CAT, DAN), (BEN, CAT), (ANN, DAN)):
        await database.write(lambda tx, one=one, other=other: links.join(tx, one, other))
    assert (await joined(database, DAN))[0] == DAN
    assert {*await joined(database, ANN)} == {ANN, BEN, CAT, DAN}
    await database.write(lambda tx: links.part(tx, BEN))
    assert await joined(database, BEN) == [BEN]
    assert {*await joined(database, ANN)} == {ANN, CAT, DAN}


async def test_an_offer_is_good_until_it_is_over_taken_or_made_anew(database: Database) -> None:
    address = Address("telegram", "bot", "1", language="de")
    first, second = (
        LinkOffer(digest_of_link(code), ANN, "Ann 🥒", address, NOON) for code in ("ABCD", "EFGH")
    )
    before = NOON - timedelta(seconds=1)
    for offer, lost in ((first, second), (second, first)):
        await database.write(lambda tx, offer=offer: links.offer(tx, offer))
        found = await database.read(lambda tx, offer=offer: links.offered(tx, offer.digest, before))
        assert found == offer
        assert found is not None
        assert found.address.language == "de"
        assert await database.read(lambda tx, lost=lost: links.offered(tx, lost.digest, before)) is None
    assert await database.read(lambda tx: links.offered(tx, second.digest, NOON)) is None
    await database.write(lambda tx: links.withdraw(tx, ANN))
    assert await database.read(lambda tx: links.offered(tx, second.digest, before)) is None


def test_a_code_is_read_as_people_write_it() -> None:
    assert digest_of_link("abcd-efgh") == digest_of_link("ABCDEFGH") != digest_of_link("ABCDEFGJ")
