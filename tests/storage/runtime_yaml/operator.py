"""A workspace's runtime file on a real database, and the ways in which operators save."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import anyio

from picklebot.ports.doors import ListEdit
from picklebot.ports.ledger import BindingKey, Bindings
from picklebot.ports.storage import Binding, Origin
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.database import Database
from picklebot.storage.doors import SqlListEdits
from picklebot.storage.ledger import SqlLedger
from picklebot.storage.runtime_yaml import Pace, RuntimeYamlSync
from picklebot.storage.runtime_yaml.amending import Amending
from picklebot.storage.runtime_yaml.view import parse_view
from picklebot.yamltext import YamlError, read

T: Final = "telegram"
FAST: Final = Pace(poll=0.1, settle=0.01, write=0.05, hold=0.3, late=0.3, retry=0.1)


class Place:
    """The file, the ledger in the database, and the sync between them."""

    def __init__(self, path: Path, database: Database, pace: Pace = FAST) -> None:
        self.path = path
        self.pace = pace
        self.database = database
        self.again()

    def again(self) -> None:
        """As after a restart: file and database stay."""
        self.store = SqlBindings()
        self.ledger = SqlLedger(self.database, self.store)
        self.edits = SqlListEdits()
        self.sync = RuntimeYamlSync(
            self.path,
            self.ledger,
            on_document=lambda _: None,
            amending=Amending(self.database, self.edits),
            pace=self.pace,
        )

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        await self.sync.start()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.sync.run)
            yield
            tasks.cancel_scope.cancel()
        await self.sync.flush()

    async def owe(self, *edits: ListEdit) -> None:
        """The service owes these ids to lists of the file."""
        await self.database.write(lambda tx: self.edits.add(tx, edits))

    async def owed(self) -> Sequence[ListEdit]:
        return [edit for _, edit in await self.database.read(self.edits.owed)]

    async def speak(self, key: str, session_id: str | None) -> None:
        """The service binds a key, or ends its binding, as a message does."""
        if session_id is None:
            await self.database.write(lambda tx: self.store.remove(tx, T, key))
        else:
            binding = Binding(session_id, Origin.SERVICE)
            await self.database.write(lambda tx: self.store.put(tx, T, key, binding))

    async def bindings(self) -> Bindings:
        return (await self.ledger.state()).bindings

    def in_file(self) -> Bindings | None:
        """What the file says, None while it cannot be read."""
        try:
            return parse_view(read(self.path.read_bytes(), source="f", max_bytes=1 << 26)).bindings
        except (FileNotFoundError, YamlError):
            return None

    async def until(self, bindings: Mapping[BindingKey, str], seconds: float = 10) -> None:
        """Wait until the ledger and the file both hold exactly these."""
        with anyio.fail_after(seconds):
            while dict(await self.bindings()) != bindings or self.in_file() != bindings:  # noqa: ASYNC110 - files have no event
                await anyio.sleep(0.01)


def save_by_rename(path: Path, text: str) -> None:
    """As most editors: a new file takes the name."""
    part = path.with_name("editor~")
    part.write_text(text)
    part.replace(path)


def save_in_place(path: Path, text: str) -> None:
    """As cp and small editors: the file is emptied, then filled in pieces."""
    middle = len(text) // 2
    with path.open("w") as file:
        file.write(text[:middle])
        file.flush()
        file.write(text[middle:])


def save_with_cp(path: Path, text: str) -> None:
    """The real cp."""
    mine = path.with_name("mine.yaml")
    mine.write_text(text)
    subprocess.run(["cp", mine, path], check=True)
    mine.unlink()


def save_as_vim(path: Path, text: str) -> None:
    """What vim does by default: the old file moves away, a new one is written, the old one is removed."""
    backup = path.with_name(f"{path.name}~")
    path.rename(backup)
    path.write_text(text)
    backup.unlink()


SAVES: Final[tuple[Callable[[Path, str], None], ...]] = (
    save_by_rename,
    save_in_place,
    save_with_cp,
    save_as_vim,
)
