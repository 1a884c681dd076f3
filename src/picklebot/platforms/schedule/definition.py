"""`CRON.md`: front matter between two `---` lines, then what the agent is asked at each of its times. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pydantic import Field, field_validator

from picklebot.bus.destinations import Destinations
from picklebot.errors import NotFoundError, UsageError
from picklebot.forms.form import Form, wrong
from picklebot.forms.front_matter import Prompted
from picklebot.model.schedule import DEFAULT_CHAT, SESSION
from picklebot.model.session import is_session_id
from picklebot.platforms.schedule.timetable import Timetable
from picklebot.ports.agents import Agents

_FOR_EXAMPLE: Final = "write minute, hour, day, month and weekday, such as 0 9 * * 1-5"
_ANY_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)


class FrontMatter(Form):
    """The keys of a CRON.md."""

    schedule: str
    """minute, hour, day of the month, month, weekday"""
    timezone: str = "UTC"
    """the IANA zone that the schedule is meant in"""
    agent: str | None = Field(default=None, min_length=1)
    """who is asked, instead of default_agent"""
    to: str | None = Field(default=None, min_length=1)
    """where the answer is posted, instead of the default chat"""
    enabled: bool = True
    """false keeps the file, and asks nothing"""

    @field_validator("schedule")
    @classmethod
    def _check_schedule(cls, schedule: str) -> str:
        try:
            times = Timetable.of(schedule, "UTC")
        except ValueError as error:
            raise wrong(f"{schedule[:80]!r} is no schedule ({error}); {_FOR_EXAMPLE}") from None
        if times.after(_ANY_DAY) is None:
            raise wrong(f"{schedule[:80]!r} never comes")
        return schedule

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, zone: str) -> str:
        try:
            Timetable.of("* * * * *", zone)
        except KeyError:
            raise wrong(f"{zone[:80]!r} is no time zone; write an IANA name such as Europe/Berlin") from None
        return zone


@dataclass(frozen=True, slots=True)
class Cron:
    """`crons/<id>/CRON.md`. `agent` is None for the default agent; `to` is named as in `model.schedule`."""

    id: str
    times: Timetable
    prompt: str
    agent: str | None = None
    to: str = DEFAULT_CHAT
    enabled: bool = True


def parse_cron(cron_id: str, text: str, *, source: str, agents: Agents, destinations: Destinations) -> Cron:
    """The definition in the text of a CRON.md, whose agent must be there and whose chat can be posted to.

    Raises ConfigError with `source` and the line in that file.
    """
    file = Prompted.split(text, source=source)
    matter = file.fill(FrontMatter)
    if matter.agent is not None:
        try:
            agents.get(matter.agent)
        except NotFoundError as error:
            raise file.matter.error(f"agent: {error}", ("agent",)) from None
    try:
        _check_destination(matter.to, destinations)
    except UsageError as error:
        raise file.matter.error(f"to: {error}", ("to",)) from None
    times = Timetable.of(matter.schedule, matter.timezone)
    to = matter.to or DEFAULT_CHAT
    return Cron(cron_id, times, file.prompt(), matter.agent, to, matter.enabled)


def _check_destination(to: str | None, destinations: Destinations) -> None:
    if to is None:
        destinations.default()
    elif not to.startswith(SESSION):
        destinations.named(to)
    elif not is_session_id(to.removeprefix(SESSION)):
        raise UsageError(f"{to[:80]!r} is no session; write session: and its id")
