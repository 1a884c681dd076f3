"""Which notices were given when, on every database."""

from datetime import timedelta
from functools import partial

from tests.storage.samples import NOON

from picklebot.storage.database import Database
from picklebot.storage.notices import SqlNotices

DAY = timedelta(days=1)
EVERY = DAY.total_seconds()


async def test_a_clock_that_was_set_back_silences_nothing_for_longer_than_twice(database: Database) -> None:
    """What was given a month from now would else not be given again for that month."""
    due = partial(SqlNotices().due, subject="a", every=EVERY)
    assert await database.write(partial(due, now=NOON + 30 * DAY))
    assert await database.write(partial(due, now=NOON))
    assert not await database.write(partial(due, now=NOON - DAY / 2))
    assert not await database.write(partial(due, now=NOON + DAY / 2))
    assert await database.write(partial(due, now=NOON + DAY))
