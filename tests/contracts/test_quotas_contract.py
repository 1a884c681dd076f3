"""What people used of their day, on every database."""

from datetime import datetime, timedelta
from functools import partial

from tests.storage.samples import NOON

from picklebot.model.person import Identity
from picklebot.model.quota import DAY, Used
from picklebot.ports.quotas import QuotaStore
from picklebot.storage.database import Database
from picklebot.storage.links import SqlLinks
from picklebot.storage.quotas import SqlQuotas

quotas: QuotaStore = SqlQuotas()
links = SqlLinks()
ANN, DORA, EVE = Identity("telegram", "1"), Identity("discord", "2"), Identity("discord", "1")


async def days(database: Database, speaker: Identity, now: datetime) -> list[Used]:
    found = await database.read(lambda tx: quotas.days(tx, speaker, now))
    return sorted(found, key=lambda used: used.since)


async def test_a_day_begins_with_what_is_used_first_and_ends_after_24_hours(database: Database) -> None:
    assert await days(database, ANN, NOON) == []
    later, next_day = NOON + timedelta(hours=23), NOON + DAY
    await database.write(partial(quotas.add, speaker=ANN, used=Used(NOON, messages=1)))
    await database.write(partial(quotas.add, speaker=ANN, used=Used(later, 1, 3_000_000_000, 5)))
    assert await days(database, ANN, later) == [Used(NOON, 2, 3_000_000_000, 5)]
    assert await days(database, EVE, later) == []
    assert await days(database, ANN, next_day) == []
    await database.write(partial(quotas.add, speaker=ANN, used=Used(next_day, tokens=7)))
    assert await days(database, ANN, next_day) == [Used(next_day, 0, 7, 0)]


async def test_a_clock_that_was_set_back_keeps_nobody_waiting_for_longer_than_a_day(
    database: Database,
) -> None:
    ahead, soon = Used(NOON + 30 * DAY, messages=9), Used(NOON + timedelta(hours=1), messages=1)
    await database.write(partial(quotas.add, speaker=ANN, used=ahead))
    await database.write(partial(quotas.add, speaker=DORA, used=soon))
    assert await days(database, ANN, NOON) == []
    assert await days(database, DORA, NOON) == [soon]
    await database.write(partial(quotas.add, speaker=ANN, used=Used(NOON, messages=1)))
    assert await days(database, ANN, NOON) == [Used(NOON, 1)]


async def test_joined_accounts_are_seen_together_as_long_as_they_are_joined(database: Database) -> None:
    later = NOON + timedelta(hours=1)
    await database.write(partial(quotas.add, speaker=ANN, used=Used(NOON, messages=1)))
    await database.write(partial(quotas.add, speaker=DORA, used=Used(later, messages=2)))
    await database.write(partial(quotas.add, speaker=EVE, used=Used(later, messages=4)))
    await database.write(lambda tx: links.join(tx, ANN, DORA))
    both = [Used(NOON, 1), Used(later, 2)]
    assert await days(database, ANN, later) == await days(database, DORA, later) == both
    assert await days(database, EVE, later) == [Used(later, 4)]
    assert await days(database, ANN, NOON + DAY) == [Used(later, 2)]
    await database.write(lambda tx: links.part(tx, DORA))
    assert await days(database, ANN, later) == [Used(NOON, 1)]
    assert await days(database, DORA, later) == [Used(later, 2)]
