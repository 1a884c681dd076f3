"""From the files and the environment to one Settings, or to sentences about what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Final

from pydantic import ValidationError

from picklebot.config.environment import environment_layer
from picklebot.config.layers import Layer, Tree, blame, lines_of, merge, present, without
from picklebot.config.settings import Settings
from picklebot.config.unsupported import not_yet
from picklebot.config.workspace import Workspace
from picklebot.errors import ConfigError
from picklebot.forms import Problem, SecretSources, problems_of
from picklebot.yamltext import Document, Plain, read

RUNTIME_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sources:
    """The places that settings come from, read; secrets are looked up in `environ` and the workspace."""

    workspace: Workspace
    environ: Mapping[str, str]
    config: Layer
    runtime: Layer

    def error(self, key: str, message: str) -> ConfigError:
        """What is wrong with the value of a dotted key, with the place that it comes from."""
        layers = [self.config, self.runtime, environment_layer(self.environ)[0]]
        problem = Problem(tuple(key.split(".")), message)
        return blame(problem, layers).error(problem)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and what the operator should hear about them: one line each."""

    settings: Settings
    warnings: tuple[str, ...]
    sources: Sources

    @property
    def database_url(self) -> str:
        """The configured database, else the SQLite file of the workspace."""
        url = self.settings.database_url
        return url.get_secret_value() if url else self.sources.workspace.database_url


def load_settings(workspace: Workspace, environ: Mapping[str, str]) -> Loaded:
    """Read the workspace's settings: defaults < config.yaml < config.runtime.yaml < environment.

    Raises ConfigError for anything wrong in config.yaml or the environment, one line a problem. What is wrong
    in config.runtime.yaml is left out and warned of: the service writes that file, so it must not stop it.
    """
    config = config_layer(_read(workspace.config))
    unread: tuple[str, ...] = ()
    try:
        runtime = runtime_layer(_read(workspace.runtime, max_bytes=RUNTIME_BYTES))
    except ConfigError as error:
        runtime = runtime_layer(None)
        unread = (f"{error}; its settings are not used",)
    loaded = settle(Sources(workspace, environ, config, runtime))
    return replace(loaded, warnings=(*unread, *loaded.warnings))


def settle(sources: Sources) -> Loaded:
    """Merge and check what was read. Raises ConfigError as `load_settings` does."""
    context = SecretSources(sources.environ, sources.workspace.root)
    environment, strange = environment_layer(sources.environ)
    warnings, runtime = [*strange], sources.runtime
    while True:
        layers = [sources.config, runtime, environment]
        try:
            settings = Settings.model_validate(merge(layer.tree for layer in layers), context=context)
            break
        except ValidationError as error:
            problems = problems_of(Settings, error)
        ours = [problem for problem in problems if blame(problem, layers) is runtime]
        if not ours or not runtime.tree:
            raise _as_error(problems, layers)
        warnings += [f"{error}; it is not used" for error in _errors(ours, layers)]
        for problem in ours:
            runtime = replace(runtime, tree=_dropped(runtime, problem))
    return Loaded(settings, (*warnings, *_inactive_default(settings), *not_yet(settings)), sources)


def _inactive_default(settings: Settings) -> list[str]:
    bus = settings.messagebus
    if bus.default_platform is None or bus.default_platform in bus.active():
        return []
    return [f"messagebus.default_platform is {bus.default_platform}, which is not switched on"]


def _as_error(problems: Sequence[Problem], layers: Sequence[Layer]) -> ConfigError:
    """One error for all problems: the first one's place, a line each."""
    first, *others = _errors(problems, layers)
    message = "\n".join([first.message, *map(str, others)])
    return ConfigError(message, source=first.source, line=first.line)


def _errors(problems: Sequence[Problem], layers: Sequence[Layer]) -> list[ConfigError]:
    """An error for each problem, in the order of their places."""
    errors = [blame(problem, layers).error(problem) for problem in problems]
    return sorted(errors, key=lambda error: (error.source or "", error.line or 0))


def _dropped(layer: Layer, problem: Problem) -> Tree:
    """The layer's tree without what the problem is about (for something missing: the block that lacks it)."""
    return without(layer.tree, problem.path[: layer.depth(problem.path)])


def _read(path: FilePath, **limits: int) -> Document | None:
    try:
        return read(path.read_bytes(), source=path.name, **limits)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"the file cannot be read: {error.strerror}", source=str(path)) from error


def config_layer(document: Document | None) -> Layer:
    """config.yaml's settings. Raises ConfigError where it holds sessions, which belong into the other file."""
    if document is None:
        return Layer({}, lambda _path: ("config.yaml", None))
    _refuse_sessions(document)
    tree = present(document.data or {})
    return Layer(tree, lines_of(document, tree))


def runtime_layer(document: Document | None) -> Layer:
    """config.runtime.yaml's settings: everything but the sessions, and no block that held nothing else."""
    if document is None:
        return Layer({}, lambda _path: ("config.runtime.yaml", None))
    tree: Tree = dict(document.data or {})
    if isinstance(bus := tree.get("messagebus"), dict):
        tree["messagebus"] = {name: _without_sessions(block) for name, block in bus.items()}
    tree = present(tree)
    return Layer(tree, lines_of(document, tree))


def _refuse_sessions(document: Document) -> None:
    bus = (document.data or {}).get("messagebus")
    for platform, block in bus.items() if isinstance(bus, dict) else ():
        if isinstance(block, dict) and "sessions" in block:
            path = ("messagebus", platform, "sessions")
            raise document.error(f"{'.'.join(path)} belongs into config.runtime.yaml", path)


def _without_sessions(block: Plain) -> Plain:
    if not isinstance(block, dict):
        return block
    return {key: value for key, value in block.items() if key != "sessions"} or None
