"""What people used of their day, on every database."""

from datetime import timedelta
from functools import partial

from tests.storage.samples import NOON

from picklebot.model.quota import DAY, Used
from picklebot.storage.database import Database
from picklebot.storage.quotas import SqlQuotas

quotas = SqlQuotas()
ANN = "telegram:1"


async def test_a_day_begins_with_what_is_used_first_and_ends_after_24_hours(database: Database) -> None:
    assert await database.read(lambda tx: quotas.used(tx, ANN, NOON)) is None
    later, next_day = NOON + timedelta(hours=23), NOON + DAY
    await database.write(partial(quotas.add, speaker=ANN, used=Used(NOON, messages=1)))
    await database.write(partial(quotas.add, speaker=ANN, used=Used(later, 1, 3_000_000_000, 5)))
    assert await database.read(lambda tx: quotas.used(tx, ANN, later)) == Used(NOON, 2, 3_000_000_000, 5)
    assert await database.read(lambda tx: quotas.used(tx, "discord:1", later)) is None
    assert await database.read(lambda tx: quotas.used(tx, ANN, next_day)) is None
    await database.write(partial(quotas.add, speaker=ANN, used=Used(next_day, tokens=7)))
    assert await database.read(lambda tx: quotas.used(tx, ANN, next_day)) == Used(next_day, 0, 7, 0)
