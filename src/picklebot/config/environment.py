"""Settings from the environment: `PICKLEBOT_MESSAGEBUS__WEB__PORT=9000`. Pure.

Lists are written with commas or as JSON, blocks below free keys (`chats`) as JSON. An empty variable is not set.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from picklebot.config.layers import Layer, Tree, merge
from picklebot.config.settings import Settings
from picklebot.errors import ConfigError
from picklebot.forms.problems import Path, key_names
from picklebot.yamltext import Plain

PREFIX: Final = "PICKLEBOT_"
OTHERS: Final = frozenset({"PICKLEBOT_WORKSPACE"})
"""Variables with our prefix that are not settings."""


def variable(path: Path) -> str:
    """The variable of a key."""
    return PREFIX + "__".join(str(step).upper() for step in path)


def environment_layer(environ: Mapping[str, str]) -> tuple[Layer, list[str]]:
    """The settings in `environ`, and warnings about variables that look like ours but are not.

    A name without `__` that is no key may belong to something else (Kubernetes sets PICKLEBOT_PORT for a
    service of that name), so it is only warned of; with `__` it is an error like any unknown key.
    """
    known = {name.split(".")[0] for name in key_names(Settings)}
    names: dict[Path, str] = {}
    trees: list[Tree] = []
    warnings: list[str] = []
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in OTHERS or not environ[name].strip():
            continue
        steps = name.removeprefix(PREFIX).lower().split("__")
        path: Path = tuple(steps)
        if steps[0] in known or len(steps) > 1:
            names[path] = name
            trees.append(_tree(path, _value(name, environ[name].strip())))
        else:
            warnings.append(f"the environment variable {name} is not a setting{_suggestion(steps[0], known)}")
    return Layer(merge(trees), lambda path: (_name(names, path), None)), warnings


def _suggestion(word: str, known: set[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {variable((near[0],))}?" if near else ""


def _value(name: str, text: str) -> Any:
    if text[0] not in "[{" or text.startswith("${"):
        return text
    try:
        return json.loads(text, parse_int=str, parse_float=str)
    except ValueError:
        raise ConfigError("is not valid JSON; write [1, 2] or {…}", source=name) from None


def _tree(path: Path, value: Plain) -> Tree:
    head, rest = str(path[0]), path[1:]
    return {head: _tree(rest, value) if rest else value}


def _name(names: Mapping[Path, str], path: Path) -> str:
    """The variable that holds `path`, else one below it, else the one that would hold it."""
    held = [names[path[:length]] for length in range(len(path), 0, -1) if path[:length] in names]
    below = [name for key, name in names.items() if key[: len(path)] == path]
    return [*held, *below, variable(path)][0]
