"""What chats may choose from."""

from __future__ import annotations

from tests.storage.samples import NOON

from picklebot.model.choice import Choice
from picklebot.model.message import Command
from picklebot.ports.choices import ChoiceStore, Offer
from picklebot.storage.choices import SqlChoices
from picklebot.storage.database import Database

store: ChoiceStore = SqlChoices()
YES = Choice("Yes", Command("forget", "yes"))
NO = Choice("Nein — später 🕰", Command("forget", "no"), aside=True)


async def test_what_was_offered_is_found_by_its_handle_alone(database: Database) -> None:
    buttons = await database.write(
        lambda tx: store.offer(tx, ((YES,), (NO,)), parcel_id="p", chat="c", user_id="1", until=NOON)
    )
    assert [[button.label for button in row] for row in buttons] == [[YES.label], [NO.label]]
    handles = [button.handle for row in buttons for button in row]
    assert len(set(handles)) == 2
    assert all(len(handle) == 16 and handle.isascii() for handle in handles)
    found = [await database.read(lambda tx, handle=handle: store.find(tx, handle)) for handle in handles]
    assert found == [Offer(choice, "p", "c", "1", NOON) for choice in (YES, NO)]
    assert await database.read(lambda tx: store.find(tx, "x" * 16)) is None


async def test_what_was_decided_is_known_of_every_choice_of_its_parcel(database: Database) -> None:
    async def offered(parcel_id: str) -> list[str]:
        buttons = await database.write(
            lambda tx: store.offer(tx, ((YES, NO),), parcel_id=parcel_id, chat="c", user_id="", until=NOON)
        )
        return [button.handle for row in buttons for button in row]

    decided, other = await offered("p"), await offered("q")
    await database.write(lambda tx: store.decide(tx, "p", "Yes"))
    for handle, label in [*((each, "Yes") for each in decided), *((each, "") for each in other)]:
        offer = await database.read(lambda tx, handle=handle: store.find(tx, handle))
        assert offer is not None
        assert offer.decided == label


async def test_nothing_to_choose_is_nothing_to_keep(database: Database) -> None:
    offer = await database.write(
        lambda tx: store.offer(tx, (), parcel_id="p", chat="c", user_id="", until=NOON)
    )
    assert offer == ()
