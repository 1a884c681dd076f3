"""The schedules of a workspace: a folder each, read again within a second after its CRON.md was edited."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import structlog

from picklebot.bus.destinations import Destinations
from picklebot.errors import ConfigError
from picklebot.forms.definitions import Definitions, Mark
from picklebot.ports.agents import Agents

if TYPE_CHECKING:
    from picklebot.platforms.schedule.definition import Cron

log = structlog.get_logger()

FILE: Final = "CRON.md"


class CronCatalog:
    """What is written in a folder, which need not be there.

    A broken edit keeps the last good definition; it is logged once and stands in `troubles` until it is mended. A
    schedule whose file is gone is gone as well: after two looks, as some editors take a file away for a moment.
    """

    def __init__(self, folder: Path, agents: Agents, destinations: Destinations) -> None:
        self._files = Definitions(folder, FILE, kind="a schedule")
        self._agents = agents
        self._destinations = destinations
        self._crons: dict[str, Cron] = {}
        self._seen: dict[str, Mark | None] = {}
        self._troubles: dict[str, str] = {}
        self._told: dict[str, str] = {}

    @property
    def crons(self) -> Mapping[str, Cron]:
        """The schedules as they were last looked at, those that are switched off among them."""
        return MappingProxyType(self._crons)

    @property
    def troubles(self) -> Mapping[str, str]:
        """What is wrong with schedules' files, a line for each: the place, and no value from the file."""
        return MappingProxyType(self._troubles)

    def load(self) -> None:
        """Read all files. Raises ConfigError for the first one that is wrong."""
        for cron_id in self._files.ids():
            self._read(cron_id)

    def look(self) -> None:
        """Look at the files now, and read what changed."""
        for cron_id in sorted({*self._seen, *self._files.ids()}):
            self._refresh(cron_id)

    def _refresh(self, cron_id: str) -> None:
        mark = self._files.mark(cron_id)
        if mark is None:
            self._miss(cron_id)
        elif mark != self._seen.get(cron_id) or cron_id in self._troubles:
            # A broken one is read at each look: what it lacks may be an agent that is just being written.
            self._seen[cron_id] = mark
            self._try(cron_id)

    def _try(self, cron_id: str) -> None:
        try:
            self._read(cron_id)
        except ConfigError as error:
            self._troubles[cron_id] = f"{error.place} is wrong"
            if self._told.get(cron_id) != str(error):
                log.error(
                    "a schedule's file is wrong; its last good definition stays",
                    schedule=cron_id,
                    error=str(error),
                )
            self._told[cron_id] = str(error)
        else:
            self._mended(cron_id)

    def _miss(self, cron_id: str) -> None:
        if self._seen[cron_id] is not None:
            self._seen[cron_id] = None
            return
        del self._seen[cron_id]
        self._mended(cron_id)
        if self._crons.pop(cron_id, None) is not None:
            log.info("a schedule is gone", schedule=cron_id)

    def _mended(self, cron_id: str) -> None:
        self._troubles.pop(cron_id, None)
        self._told.pop(cron_id, None)

    def _read(self, cron_id: str) -> None:
        # Who has no schedule loads nothing that reads them.
        from picklebot.platforms.schedule.definition import parse_cron  # noqa: PLC0415

        source = self._files.source(cron_id)
        text = self._files.read(cron_id)
        self._crons[cron_id] = parse_cron(
            cron_id, text, source=source, agents=self._agents, destinations=self._destinations
        )
