"""Files: what people send, what agents write, and the end of both."""

from __future__ import annotations

from dataclasses import dataclass

from picklebot.assembly.stores import Stores
from picklebot.config.settings import Settings
from picklebot.config.workspace import Workspace
from picklebot.replies.shelf import Shelf
from picklebot.storage.database import Database
from picklebot.storage.leavings import Leavings
from picklebot.storage.media import MediaFolder
from picklebot.storage.results import ResultLimits, ResultsFolder


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one workspace."""

    media: MediaFolder
    results: ResultsFolder
    shelf: Shelf
    leavings: Leavings


def files_in(workspace: Workspace, settings: Settings, database: Database, stores: Stores) -> Files:
    """The files of this workspace, within the bounds of its settings."""
    limits, web = settings.limits, settings.messagebus.web
    media = MediaFolder(workspace.media)
    results = ResultsFolder(
        workspace.results,
        ResultLimits(limits.result_file, limits.session_results, limits.session_result_files),
    )
    public_url = web.public_url if web.enabled else None
    shelf = Shelf(database, results, stores.file_links, public_url)
    return Files(media, results, shelf, Leavings(database, (results, media), stores.records.removed))
