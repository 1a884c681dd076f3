"""The keys of a model: the `llm` block of config.yaml and of an AGENT.md."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field

from picklebot.forms.form import Form, HttpUrl, listed, wrong
from picklebot.forms.secret import Secret
from picklebot.model.agent import ModelChoice, provider_of

PROVIDERS: Final = ("openai", "openai-chat", "anthropic", "ollama")
"""What may stand before the colon of a model name."""


def _model(name: str) -> str:
    provider, colon, model = name.partition(":")
    if name == "demo" or (colon and provider in PROVIDERS and model.strip()):
        return name
    raise wrong(f"{name!r} is not a model; write demo, or one of {', '.join(f'{p}:…' for p in PROVIDERS)}")


ModelName = Annotated[str, AfterValidator(_model)]

Models = Annotated[tuple[ModelName, ...], BeforeValidator(listed)]


class LlmForm(Form):
    """Which model answers, and how to reach it."""

    model: ModelName = "demo"
    """demo, or provider:model with one of openai, openai-chat, anthropic and ollama"""
    api_key: Secret | None = None
    """the provider's key; without it the provider's usual environment variable is used"""
    base_url: HttpUrl | None = None
    """another address of the provider's API, such as a local server"""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """how freely it words its answers"""
    max_tokens: int | None = Field(default=None, ge=1)
    """the longest answer, in tokens"""
    models: Models = ()
    """models that people may choose for a conversation with /model, in place of the agent's own"""

    def choice(self, default: ModelChoice = ModelChoice()) -> ModelChoice:  # noqa: B008 - frozen
        """What is written here, and `default` for the rest.

        `default`'s address and key are only taken over for the same provider, and its key only for the
        same address: a key never goes to another host than the one it was written for.
        """
        name = self.model if "model" in self.model_fields_set else default.name
        known = provider_of(name) == provider_of(default.name)
        base_url = self.base_url or (default.base_url if known else None)
        same_host = known and base_url == default.base_url
        key = self.api_key.get_secret_value() if self.api_key else default.api_key if same_host else None
        return ModelChoice(
            name=name,
            api_key=key,
            base_url=base_url,
            temperature=default.temperature if self.temperature is None else self.temperature,
            max_tokens=self.max_tokens or default.max_tokens,
            others=self.models if "models" in self.model_fields_set else default.others,
        )
