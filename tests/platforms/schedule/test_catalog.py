"""Schedules as their authors write them, and as they edit them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.cli.command import loaded_modules

from picklebot.bus.destinations import Destinations
from picklebot.errors import ConfigError
from picklebot.model.agent import AgentDefinition
from picklebot.platforms.schedule.catalog import CronCatalog
from picklebot.platforms.schedule.definition import Cron, parse_cron
from picklebot.platforms.schedule.timetable import Timetable
from picklebot.platforms.telegram.addresses import TelegramAddresses
from picklebot.testing.agents import FixedAgents

BOOKS = {"telegram": TelegramAddresses("7:secret")}
OPEN = Destinations(BOOKS, "telegram", {"telegram": "123"})
CLOSED = Destinations(BOOKS)
GUIDE = Path(__file__).parents[3] / "docs" / "schedules.md"
AGENTS = FixedAgents(AgentDefinition("pickle", "Pickle", "Be kind."))
DAILY = '---\nschedule: "0 9 * * *"\n---\nWhat is new?'


def parse(text: str, destinations: Destinations = OPEN) -> Cron:
    return parse_cron("daily", text, source="daily/CRON.md", agents=AGENTS, destinations=destinations)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "crons"


@pytest.fixture
def catalog(folder: Path) -> CronCatalog:
    return CronCatalog(folder, AGENTS, OPEN)


def write(folder: Path, cron_id: str, text: str) -> None:
    path = folder / cron_id / "CRON.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    if path.stat().st_mtime_ns == before:
        os.utime(path, ns=(before + 1, before + 1))


@pytest.mark.requirement("S0.9")
def test_front_matter_and_prompt() -> None:
    text = """---
schedule: "  0  9 * * 1-5 "   # on weekdays
timezone: Europe/Berlin
agent: pickle
to: telegram:-100987#55
enabled: false
---

What is new?

---
Really?
"""
    assert parse(text.replace("\n", "\r\n")) == Cron(
        "daily",
        Timetable("0 9 * * 1-5", "Europe/Berlin"),
        "What is new?\n\n---\nReally?",
        "pickle",
        "telegram:-100987#55",
        enabled=False,
    )


def test_the_guide_shows_a_schedule_that_can_be_read() -> None:
    (shown,) = re.findall(r"```markdown\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    agents = FixedAgents(AgentDefinition("engineer", "Engineer", "Be exact."))
    cron = parse_cron("weekdays", shown, source="docs/schedules.md", agents=agents, destinations=OPEN)
    assert (cron.times.zone, cron.agent, cron.to) == ("Europe/Berlin", "engineer", "telegram:-1001234567890")


def test_what_is_not_said_is_the_default() -> None:
    assert parse(DAILY) == Cron("daily", Timetable("0 9 * * *", "UTC"), "What is new?", None, "default")
    assert parse(DAILY.replace("\n---\n", "\nto: session:abc-1\n---\n"), CLOSED).to == "session:abc-1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: the first line must be ---, which begins the front matter"),
        ("---\nschedule: x\n", ":1: the front matter is not closed; end it with a line ---"),
        ("---\n---\nhi", ":1: schedule is missing"),
        ('---\nschedule: "0 9 * * *"\n---\n \n', ":3: the prompt is missing; write it below the second ---"),
        ("---\nshedule: 0\n---\nhi", ":1: schedule is missing"),
        (
            '---\nschedule: "0 9 * *"\n---\nhi',
            ":2: schedule: '0 9 * *' is no schedule (Wrong number of fields)",
        ),
        (
            '---\nschedule: "0 25 * * *"\n---\nhi',
            ":2: schedule: '0 25 * * *' is no schedule (Bad hour); write",
        ),
        ('---\nschedule: "@hourly"\n---\nhi', ":2: schedule: '@hourly' is no schedule"),
        (
            '---\nschedule: "0 0 31 2 *"\n---\nhi',
            ":2: schedule: '0 0 31 2 *' is no schedule (Bad day-of-month)",
        ),
        ("---\nschedule: [1]\n---\nhi", ":2: schedule must be a text"),
        (
            '---\nschedule: "0 9 * * *"\ntimezone: Berlin\n---\nhi',
            ":3: timezone: 'Berlin' is no time zone; write an IANA name such as Europe/Berlin",
        ),
        ('---\nschedule: "0 9 * * *"\ntimezone: ../x\n---\nhi', ":3: timezone: '../x' is no time zone"),
        ('---\nschedule: "0 9 * * *"\ntimezone: Europe\n---\nhi', ":3: timezone: 'Europe' is no time zone"),
        (
            '---\nschedule: "0 9 * * *"\nagent: nobody\n---\nhi',
            ":3: agent: there is no agent 'nobody'; there are: pickle",
        ),
        (
            '---\nschedule: "0 9 * * *"\nto: 123\n---\nhi',
            ":3: to: '123' is not a chat; write PLATFORM:CHAT_ID",
        ),
        (
            '---\nschedule: "0 9 * * *"\nto: discord:1\n---\nhi',
            ":3: to: nothing can be posted to discord; platforms that are switched on: telegram",
        ),
        (
            '---\nschedule: "0 9 * * *"\nto: telegram:ann\n---\nhi',
            ":3: to: telegram:ann cannot be posted to: a Telegram chat is named by its number",
        ),
        ('---\nschedule: "0 9 * * *"\nto: session:../x\n---\nhi', ":3: to: 'session:../x' is no session"),
        (
            '---\nschedule: "0 9 * * *"\nenabled: maybe\n---\nhi',
            ":3: enabled must be true or false, not maybe",
        ),
        ('---\nschedule: "0 9 * * *"\nname: x\n---\nhi', ":3: unknown key name"),
        ("---\nschedule: [\n---\nhi", ":2: "),
    ],
)
def test_mistakes_name_their_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value).splitlines()[0].startswith(f"daily/CRON.md{message}")


def test_a_schedule_without_any_chat_to_post_to() -> None:
    with pytest.raises(ConfigError, match=r"^daily/CRON.md:1: to: there is no default chat; set messagebus"):
        parse(DAILY, CLOSED)


def test_a_workspace_without_schedules_loads_nothing_that_reads_them() -> None:
    loaded = loaded_modules("import picklebot.app")
    assert "picklebot.platforms.schedule.adapter" in loaded
    assert "cronsim" not in loaded


def test_a_check_tells_the_first_mistake(folder: Path, catalog: CronCatalog) -> None:
    catalog.load()
    write(folder, "a", DAILY)
    write(folder, "b", "---\nfoo: 1\n---\nx")
    with pytest.raises(ConfigError, match=r"^crons/b/CRON.md:1: schedule is missing"):
        catalog.load()


@pytest.mark.parametrize("cron_id", ["my report", "ä", "a" * 65])
def test_a_folder_name_that_is_no_id(folder: Path, catalog: CronCatalog, cron_id: str) -> None:
    write(folder, cron_id, DAILY)
    with pytest.raises(ConfigError, match="a schedule's folder is named with letters, digits"):
        catalog.load()


@pytest.mark.requirement("S0.9")
def test_what_is_new_edited_and_gone_is_seen_at_the_next_look(folder: Path, catalog: CronCatalog) -> None:
    catalog.look()
    assert catalog.crons == {}
    write(folder, "daily", DAILY)
    catalog.look()
    assert catalog.crons["daily"].prompt == "What is new?"
    write(folder, "daily", DAILY.replace("new", "old"))
    catalog.look()
    assert catalog.crons["daily"].prompt == "What is old?"
    (folder / "daily" / "CRON.md").unlink()
    catalog.look()
    assert list(catalog.crons) == ["daily"], "an editor may put it back at once"
    catalog.look()
    assert catalog.crons == {}
    assert catalog.troubles == {}
    write(folder, "daily", DAILY)
    catalog.look()
    assert list(catalog.crons) == ["daily"]


@pytest.mark.requirement("S0.9")
def test_a_broken_edit_keeps_the_last_good_definition_and_is_told_once(
    folder: Path, catalog: CronCatalog
) -> None:
    write(folder, "daily", DAILY)
    catalog.look()
    with capture_logs() as logs:
        write(folder, "daily", DAILY.replace("schedule", "shedule"))
        catalog.look()
        catalog.look()
    (entry,) = logs
    assert entry["error"].splitlines() == [
        "crons/daily/CRON.md:1: schedule is missing",
        "crons/daily/CRON.md:2: unknown key shedule; did you mean schedule?",
    ]
    assert catalog.troubles == {"daily": "crons/daily/CRON.md:1 is wrong"}
    assert catalog.crons["daily"].prompt == "What is new?"
    write(folder, "daily", DAILY)
    catalog.look()
    assert catalog.troubles == {}


def test_an_agent_may_be_written_after_the_schedule_that_names_it(folder: Path) -> None:
    agents = FixedAgents()
    catalog = CronCatalog(folder, agents, OPEN)
    write(folder, "daily", DAILY.replace("\n---\n", "\nagent: late\n---\n"))
    catalog.look()
    assert catalog.troubles == {"daily": "crons/daily/CRON.md:3 is wrong"}
    agents.__init__(AgentDefinition("late", "Late", "Hurry."))
    catalog.look()
    assert catalog.troubles == {}
    assert catalog.crons["daily"].agent == "late"
