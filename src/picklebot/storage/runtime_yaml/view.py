"""What `config.runtime.yaml` says about bindings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from picklebot.model.session import is_session_id
from picklebot.ports.ledger import BindingKey, Bindings
from picklebot.sessions.key import parse_key
from picklebot.yamltext import Document, YamlError
from picklebot.yamltext.document import Entry, Scalar, Table

REVISION_LINE: Final = re.compile(r"# picklebot revision (\d{1,18})[ \t]*(?=\r|\n|\Z)")

_PLATFORM: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class RuntimeView:
    """The revision in the file's first line (None without one) and its bindings."""

    revision: int | None
    bindings: Bindings


def parse_view(document: Document) -> RuntimeView:
    """Read and validate the bindings. Raises YamlError that names the line and the key of the first mistake."""
    found = REVISION_LINE.match(document.text)
    revision = int(found[1]) if found else None
    bindings: dict[BindingKey, str] = {}
    for platform, sessions in session_tables(document):
        for key, entry in sessions.entries.items():
            bindings[platform, key] = _session_id(document, platform, key, entry)
    return RuntimeView(revision, bindings)


def session_tables(document: Document) -> Iterator[tuple[str, Table]]:
    """Each platform that has sessions in the file, with their mapping."""
    messagebus = document.table(("messagebus",))
    for platform, entry in messagebus.entries.items() if messagebus else ():
        path = ("messagebus", platform, "sessions")
        if not isinstance(entry.value, Table) or (sessions := document.table(path)) is None:
            continue
        if not _PLATFORM.fullmatch(platform):
            raise document.error(f"{platform!r} is not the name of a platform", path)
        yield platform, sessions


def _session_id(document: Document, platform: str, key: str, entry: Entry) -> str:
    where = f"messagebus.{platform}.sessions, key {key!r}"
    try:
        parse_key(platform, key)
    except ValueError as error:
        raise _mistake(document, entry, f"{where}: {error}") from None
    value = entry.value
    if not isinstance(value, Scalar) or value.value is None:
        raise _mistake(document, entry, f"{where}: a session id is missing; write one or remove the line")
    if not is_session_id(value.value):
        hint = "a session id is 1 to 64 letters, digits, _ and -"
        raise _mistake(document, entry, f"{where}: {value.value[:80]!r} is no session id; {hint}")
    return value.value


def _mistake(document: Document, entry: Entry, message: str) -> YamlError:
    return YamlError(message, source=document.source, line=entry.key.line)
