"""Where a model is reached: a pure function of the agent's choice and the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from picklebot.engines.choice import split_model
from picklebot.errors import ConfigError, EngineError
from picklebot.model import words
from picklebot.model.agent import ModelChoice


@dataclass(frozen=True, slots=True)
class _Provider:
    """The environment variables that a provider's users know, and where it is when nothing says otherwise."""

    key: str
    base_url: str
    default: str
    needs_key: bool = True


_OPENAI: Final = _Provider("OPENAI_API_KEY", "OPENAI_BASE_URL", "https://api.openai.com/v1")
_PROVIDERS: Final = {
    "openai": _OPENAI,
    "openai-chat": _OPENAI,
    "anthropic": _Provider("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
    "ollama": _Provider("OLLAMA_API_KEY", "OLLAMA_BASE_URL", "http://localhost:11434/v1", needs_key=False),
}

NO_KEY: Final = "none"
"""Stands for a key where a server wants none: the SDKs insist on a value."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model at one address. Equal endpoints share a client."""

    provider: str
    model: str
    base_url: str
    api_key: str = field(repr=False)


def endpoint_of(choice: ModelChoice, environ: Mapping[str, str]) -> Endpoint:
    """Complete `choice` from the environment; what the configuration says goes first.

    A server that `choice.base_url` names may do without a key. Raises EngineError `unknown_provider`, `bad_address`
    and `no_key`.
    """
    try:
        name, model = split_model(choice.name)
    except ConfigError as error:
        raise EngineError("unknown_provider", words.FAULTS["unknown_provider"], detail=str(error)) from None
    provider = _PROVIDERS[name]
    base_url = choice.base_url or environ.get(provider.base_url) or provider.default
    if not _is_web_address(base_url):
        detail = f"llm.base_url or {provider.base_url} is not an http address"
        raise EngineError("bad_address", words.FAULTS["bad_address"], detail=detail)
    key = choice.api_key or environ.get(provider.key)
    if not key and provider.needs_key and choice.base_url is None:
        raise EngineError(
            "no_key", words.FAULTS["no_key"], detail=f"set llm.api_key or {provider.key} to use {choice.name}"
        )
    return Endpoint(name, model, base_url, key or NO_KEY)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # A port that is none, or half an IPv6 address.
        return False
