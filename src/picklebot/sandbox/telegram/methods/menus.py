"""Buttons and the menu of commands."""

import json
import re
from typing import Any, cast

from picklebot.sandbox.telegram.params import Params
from picklebot.sandbox.telegram.refusal import bad_request
from picklebot.sandbox.telegram.state import World

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MOST_COMMANDS = 100
MOST_MENUS = 1_000


def answer_callback_query(world: World, params: Params) -> object:
    """Answer a pressed button; up to 200 characters are shown to who pressed it."""
    query = world.queries.get(params.text("callback_query_id"))
    if query is None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if len(params.text("text")) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    query.answer = {name: value for name, value in params.texts.items() if name != "callback_query_id"}
    world.journal.record("answer", query=query.id, **query.answer)
    return True


def set_my_commands(world: World, params: Params) -> object:
    """Set the menu of one scope and language."""
    raw = params.json("commands")
    if not isinstance(raw, list):
        raise bad_request("can't parse commands: expected an Array")
    commands = [_command(item) for item in cast("list[object]", raw)]
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    if len(world.commands) >= MOST_MENUS:
        raise bad_request("the sandbox keeps 1000 menus")
    world.commands[_menu(params)] = commands
    return True


def get_my_commands(world: World, params: Params) -> object:
    """Give the menu of exactly one scope and language."""
    return world.commands.get(_menu(params), [])


def delete_my_commands(world: World, params: Params) -> object:
    """Remove the menu of one scope and language."""
    world.commands.pop(_menu(params), None)
    return True


def _menu(params: Params) -> tuple[str, str]:
    scope = params.json_object("scope") or {"type": "default"}
    return json.dumps(scope, sort_keys=True), params.text("language_code")


def _command(raw: object) -> dict[str, str]:
    fields = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
    name, description = str(fields.get("command", "")), str(fields.get("description", ""))
    if not _COMMAND.fullmatch(name.removeprefix("/")):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name.removeprefix("/"), "description": description}
