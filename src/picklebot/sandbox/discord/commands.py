"""The slash commands a bot has registered."""

import re
from typing import Any

from picklebot.sandbox.discord.clock import Snowflakes
from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.refusals import Refused, invalid_form

COMMANDS_PER_SCOPE = 100
_NAME = re.compile(r"[-_\w]{1,32}")

_VALUES: dict[int, type | tuple[type, ...]] = {3: str, 4: int, 5: bool, 10: (int, float)}
"""Discord's option types that the sandbox plays, and what a person may type there."""

SLASH = 1
ON_MESSAGE = 3
IN_DIRECT = 1


class Commands:
    """Commands by scope: a guild's id, or None for those that hold everywhere. A name keeps its id."""

    def __init__(self, snowflakes: Snowflakes, application_id: int) -> None:
        self._snowflakes = snowflakes
        self._application_id = application_id
        self._rows: dict[int | None, dict[str, Json]] = {}

    def replace(self, scope: int | None, wanted: list[Json]) -> list[Json]:
        """Put these in place of the scope's commands, as PUT does. Raises Refused for what Discord refuses."""
        if len(wanted) > COMMANDS_PER_SCOPE:
            raise Refused(400, 30032, "Maximum number of application commands reached (100)")
        for command in wanted:
            _check(command)
        before = self._rows.get(scope, {})
        self._rows[scope] = {str(each["name"]): self._row(scope, each, before) for each in wanted}
        return self.of(scope)

    def of(self, scope: int | None) -> list[Json]:
        """The scope's commands as rows with ids."""
        return list(self._rows.get(scope, {}).values())

    def offered(self, name: str, guild_id: int | None) -> Json | None:
        """The command that a person sees under this name in a guild, or in a direct message (None)."""
        if guild_id is not None:
            return self._rows.get(guild_id, {}).get(name) or self._rows.get(None, {}).get(name)
        command = self._rows.get(None, {}).get(name)
        return command if command is not None and _holds_in_direct(command) else None

    def clear(self) -> None:
        """Forget them all."""
        self._rows.clear()

    def _row(self, scope: int | None, command: Json, before: dict[str, Json]) -> Json:
        known = before.get(str(command["name"]), {})
        row: Json = {"type": SLASH, **command, "application_id": str(self._application_id)}
        row |= {
            "id": known.get("id") or str(self._snowflakes.mint()),
            "version": str(self._snowflakes.mint()),
        }
        return row if scope is None else {**row, "guild_id": str(scope)}


def match_options(command: Json, given: dict[str, Any]) -> list[Json]:
    """What a person typed, as the interaction carries it. Raises ValueError for what the client would not send."""
    offered = {str(each["name"]): each for each in command.get("options") or ()}
    strange = [name for name in given if name not in offered]
    lacking = [name for name, each in offered.items() if each.get("required") and name not in given]
    if strange or lacking:
        raise ValueError(f"/{command['name']} offers {sorted(offered)}; unknown {strange}, missing {lacking}")
    unfit = [name for name, value in given.items() if not _fits(offered[name], value)]
    if unfit:
        raise ValueError(f"texts, numbers and yes or no are played; these options do not fit: {unfit}")
    return [{"name": name, "type": offered[name]["type"], "value": value} for name, value in given.items()]


def _check(command: Json) -> None:
    if command.get("type", SLASH) != SLASH:
        if not 1 <= len(str(command.get("name") or "")) <= 32 or command.get("description"):
            raise invalid_form("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
        return
    if not _NAME.fullmatch(str(command.get("name", ""))):
        raise invalid_form("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    if not 1 <= len(str(command.get("description") or "")) <= 100:
        raise invalid_form("description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")


def _fits(option: Json, value: Any) -> bool:
    return isinstance(value, _VALUES.get(int(option["type"]), ()))


def _holds_in_direct(command: Json) -> bool:
    contexts = command.get("contexts")
    if contexts is not None:
        return IN_DIRECT in contexts
    return command.get("dm_permission") is not False
