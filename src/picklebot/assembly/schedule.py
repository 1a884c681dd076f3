"""Speaking first by a schedule."""

from __future__ import annotations

from collections.abc import Callable

from picklebot.assembly.posting import destinations_of
from picklebot.config.settings import Settings
from picklebot.config.workspace import Workspace
from picklebot.model.schedule import SCHEDULE
from picklebot.platforms.schedule.adapter import ScheduleAdapter
from picklebot.platforms.schedule.catalog import CronCatalog
from picklebot.platforms.schedule.frontend import ScheduleFrontend
from picklebot.ports.agents import Agents
from picklebot.ports.platform import Adapter, Frontend
from picklebot.ports.posting import Poster
from picklebot.storage.database import Database
from picklebot.storage.memory import SqlAdapterMemory


def crons_of(workspace: Workspace, settings: Settings, agents: Agents) -> CronCatalog:
    """The schedules of the workspace, unread."""
    return CronCatalog(workspace.crons, agents, destinations_of(settings))


def schedule_over(
    crons: CronCatalog, database: Database, poster: Callable[[], Poster]
) -> tuple[Adapter, Frontend]:
    """The platform on which they speak; `poster` is asked for once there is something to post."""
    return ScheduleAdapter(crons, SqlAdapterMemory(database, SCHEDULE)), ScheduleFrontend(poster)
