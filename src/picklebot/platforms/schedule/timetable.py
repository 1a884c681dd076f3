"""When a schedule is due. Pure.

Where clocks are set, five fields mean what they mean to Debian's cron, as cronsim has it: a time that is left out
in spring comes as soon as there is time again, and one that comes twice in autumn counts once. What goes by the
minute or by the hour (`*/10 * * * *`) counts both hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

CATCH_UP: Final = timedelta(hours=1)
"""A time that has passed for longer is let go, as a reply that is so late is."""

_ANY_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Due:
    """What has come: the newest time that is still good, None where all came too long ago.

    `missed` is the first time that is let go: an earlier one than `at`, or one that came too long ago.
    """

    at: datetime | None
    missed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Timetable:
    """A schedule's times: `fields` as people write them, and the name of the zone that they are meant in."""

    fields: str
    zone: str = "UTC"

    @classmethod
    def of(cls, fields: str, zone: str) -> Self:
        """Check both. Raises ValueError for wrong fields, saying what is wrong, and KeyError for an unknown zone."""
        times = cls(" ".join(fields.split()), zone)
        times._zone()
        try:
            CronSim(times.fields, _ANY_DAY)
        except CronSimError as error:
            raise ValueError(str(error)) from None
        return times

    @property
    def name(self) -> str:
        """Fields and zone in one text; two timetables have the same only if they are the same."""
        return f"{self.zone} {self.fields}"

    def after(self, moment: datetime) -> datetime | None:
        """The first time after this moment; None where there is none in the next 50 years."""
        return _first(self, moment)

    def newest(self, after: datetime, until: datetime) -> datetime | None:
        """The last time after the first moment and not after the second."""
        newest = None
        for time in self.times(after):
            if time > until:
                break
            newest = time
        return newest

    def due(self, since: datetime, now: datetime) -> Due | None:
        """What has come after `since` until `now`; None where nothing has."""
        first = self.after(since)
        if first is None or first > now:
            return None
        at = self.newest(max(since, now - CATCH_UP), now)
        return Due(at, missed=None if first == at else first)

    def times(self, moment: datetime) -> Iterator[datetime]:
        """All times after this moment, in UTC."""
        once = self._is_once()
        for found in _Times(self.fields, moment.astimezone(self._zone())):
            time = found.astimezone(UTC)
            # Within an hour that comes twice it begins with the first one, which may have passed.
            if time > moment and not (once and found.fold):
                yield time
                moment = time

    def _is_once(self) -> bool:
        """Whether it names times of day. With seconds, cronsim would count those in a repeated hour twice."""
        *_, minutes, hours, _day, _month, _weekday = self.fields.split()
        return not (minutes.startswith("*") or hours.startswith("*"))

    def _zone(self) -> tzinfo:
        try:
            return UTC if self.zone == "UTC" else ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            # A name may also hit a folder of the zone database or leave it.
            raise KeyError(self.zone) from None


class _Times(CronSim):
    """cronsim's own, also where clocks are set by half an hour, as on Lord Howe Island.

    It goes on by whole hours of UTC from the beginning of an hour, and by all the minutes to the one that is sought:
    over such a change it comes to the middle of an hour whose beginning it has not looked at. So this goes from mark
    to mark.
    """

    def advance_hour(self) -> bool:
        """Go on to the beginning of the next hour that fits; False where this one does."""
        if self.dt.hour in self.hours:
            return False
        self.dt = self.dt.replace(minute=0, second=0)
        while self.dt.hour not in self.hours:
            self.tick(seconds=3600 - 60 * self.dt.minute)
            if self.dt.hour == 0:
                break  # the day and the month are looked at again
        return True

    def advance_minute(self) -> bool:
        """Go on to the next minute that fits, or to the end of the hour; False where this one does."""
        if self.dt.minute in self.minutes:
            return False
        self.dt = self.dt.replace(second=0)
        while self.dt.minute not in self.minutes:
            self.tick(seconds=60)
            if self.dt.minute == 0:
                break  # the hour is looked at again
        return True


@lru_cache(maxsize=1024)
def _first(times: Timetable, moment: datetime) -> datetime | None:
    """Kept, as it is asked for every second."""
    return next(times.times(moment), None)
