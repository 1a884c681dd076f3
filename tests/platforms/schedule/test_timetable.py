"""When schedules are due, clock changes included."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.platforms.schedule.timetable import Due, Timetable

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Kathmandu",
)
SECOND = timedelta(seconds=1)

zones = st.sampled_from(ZONES)
moments = st.integers(0, 3 * 365 * 86_400).map(
    lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + seconds * SECOND
)
"""Six changes of the clock in most of the zones."""


@st.composite
def near_changes(draw: st.DrawFn) -> datetime:
    """Moments around the nights on which Berlin, New York, Lord Howe and Santiago set their clocks."""
    night = draw(st.sampled_from([date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 25)]))
    start = datetime.combine(night, time(), tzinfo=UTC) - timedelta(hours=14)
    return start + draw(st.integers(0, 40 * 3600)) * SECOND


fields = st.one_of(
    st.tuples(st.integers(0, 59), st.integers(0, 23)).map(lambda it: f"{it[0]} {it[1]} * * *"),
    st.tuples(st.integers(0, 59), st.integers(0, 59), st.integers(0, 23)).map(
        lambda it: f"{it[0]} {it[1]} {it[2]} * * *"
    ),
    st.sampled_from(
        ["*/10 * * * *", "30 * * * *", "0,30 2,3 * * *", "15 */2 * * 1-5", "*/7 2 * * *", "0 1-3 25,29 * *"]
    ),
)
when = st.one_of(moments, near_changes())


@given(fields, zones, when)
def test_times_come_one_after_the_other(text: str, zone: str, moment: datetime) -> None:
    times, last = Timetable.of(text, zone), moment
    for _ in range(5):
        coming = times.after(last)
        assert coming is not None
        assert coming > last
        assert coming.utcoffset() == timedelta(0)
        last = coming


@pytest.mark.requirement("S0.9")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("*/7 2 * * *", ["15:30", "15:37", "15:44", "15:51", "15:58", "16:05", "16:12", "16:19", "16:26"]),
        ("45 * * * *", ["15:15", "16:15", "17:15"]),
        ("0 2 * * *", ["15:30"]),
    ],
)
def test_half_an_hour_that_comes_twice_hides_no_time(text: str, found: list[str]) -> None:
    """On Lord Howe Island clocks go back from 2:00 to 1:30, which is 15:00 UTC."""
    before = datetime(2026, 4, 4, 14, 54, 58, tzinfo=UTC)
    coming = islice(Timetable.of(text, "Australia/Lord_Howe").times(before), len(found))
    assert [f"{time:%H:%M}" for time in coming] == found


@pytest.mark.requirement("S0.9")
@given(fields, zones, when, st.floats(0, 1, exclude_max=True))
def test_looking_again_before_a_time_finds_the_same_time(
    text: str, zone: str, moment: datetime, part: float
) -> None:
    times = Timetable.of(text, zone)
    coming = times.after(moment)
    assert coming is not None
    later = min(moment + (coming - moment) * part, coming - timedelta(microseconds=1))
    assert times.after(later) == coming


@given(fields, zones, when, st.timedeltas(timedelta(0), timedelta(hours=30)))
def test_the_newest_time_is_the_last_of_all(text: str, zone: str, since: datetime, span: timedelta) -> None:
    times, newest, until = Timetable.of(text, zone), None, since + span
    last = since
    while (last := times.after(last) or until + SECOND) <= until:
        newest = last
    assert times.newest(since, until) == newest


@pytest.mark.requirement("S0.9")
@given(st.integers(0, 59), st.integers(0, 23), zones, st.dates(date(2025, 1, 2), date(2027, 12, 30)))
def test_what_is_daily_comes_once_on_each_day(minute: int, hour: int, zone: str, day: date) -> None:
    times, place = Timetable.of(f"{minute} {hour} * * *", zone), ZoneInfo(zone)
    before = datetime.combine(day, time(), tzinfo=place).astimezone(UTC) - SECOND
    after = datetime.combine(day + timedelta(days=1), time(), tzinfo=place).astimezone(UTC) - SECOND
    first = times.after(before)
    assert first is not None
    assert first <= after
    second = times.after(first)
    assert second is not None
    assert second > after


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "after", "coming"),
    [
        ("0 9 * * 1-5", "2026-11-28T12:00+01:00", "2026-11-30T09:00+01:00"),
        ("30 2 * * *", "2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"),
        ("30 2 * * *", "2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"),
        ("30 2 * * *", "2026-10-25T01:00+02:00", "2026-10-25T02:30+02:00"),
        ("30 2 * * *", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"),
        ("30 2 * * *", "2026-10-25T02:10+01:00", "2026-10-26T02:30+01:00"),
        ("0 30 2 * * *", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"),
        ("30 * * * *", "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00"),
        ("*/15 * * * * *", "2026-11-28T12:00:01+01:00", "2026-11-28T12:00:15+01:00"),
    ],
)
def test_where_clocks_are_set(text: str, after: str, coming: str) -> None:
    assert Timetable.of(text, "Europe/Berlin").after(utc(after)) == utc(coming)


NOW = datetime(2026, 11, 30, 10, 30, tzinfo=UTC)
HOURLY = Timetable("0 * * * *")
DAILY = Timetable("0 9 * * *")


@pytest.mark.requirement("S0.9")
@pytest.mark.parametrize(
    ("times", "since", "now", "due"),
    [
        (HOURLY, "10:00", "10:59:59", None),
        (HOURLY, "10:00", "11:00", Due(utc("2026-11-30T11:00Z"))),
        (HOURLY, "08:30", "11:20", Due(utc("2026-11-30T11:00Z"), utc("2026-11-30T09:00Z"))),
        (DAILY, "08:59", "10:00", Due(None, utc("2026-11-30T09:00Z"))),
        (DAILY, "08:59", "09:59:59", Due(utc("2026-11-30T09:00Z"))),
        (DAILY, "09:00", "09:00", None),
        (DAILY, "09:00", "08:00", None),
    ],
)
def test_what_is_due_is_the_newest_time_that_is_not_too_old(
    times: Timetable, since: str, now: str, due: Due | None
) -> None:
    def at(clock: str) -> datetime:
        return utc(f"2026-11-30T{clock}Z" if clock.count(":") == 2 else f"2026-11-30T{clock}:00Z")

    assert times.due(at(since), at(now)) == due


@given(fields, zones, when, st.lists(st.timedeltas(timedelta(seconds=1), timedelta(hours=3)), max_size=30))
def test_whoever_looks_often_misses_nothing_and_counts_nothing_twice(
    text: str, zone: str, since: datetime, looks: list[timedelta]
) -> None:
    times, now, mark = Timetable.of(text, zone), since, since
    taken: list[datetime] = []
    for pause in looks:
        now += pause
        due = times.due(mark, now)
        if due is not None:
            if due.at is not None:
                taken.append(due.at)
            mark = due.at or now
    assert taken == sorted(set(taken))
    late = times.newest(since, now)
    if looks and late is not None:
        assert not times.due(mark, now)


@given(st.text(max_size=30), st.text(max_size=20))
def test_whatever_is_written_is_a_timetable_or_refused(text: str, zone: str) -> None:
    try:
        Timetable.of(text, zone)
    except (KeyError, ValueError):
        return


LIKELY = "0 1 59 60 * , - / # L LW MON JAN 1-5 */7 ? @hourly 31 29"


@given(st.lists(st.sampled_from(LIKELY.split()), max_size=9))
def test_whatever_looks_like_fields_is_a_timetable_or_refused(words: list[str]) -> None:
    for text in ("".join(words), " ".join(words)):
        try:
            Timetable.of(text, "UTC").after(NOW)
        except ValueError:
            continue
