"""Endpoints ready to be asked: one HTTP client each, kept until the engine closes."""

from __future__ import annotations

from collections.abc import Sequence

import httpx2
import pydantic_ai
from pydantic_ai.models import Model, create_async_httpx2_client

from picklebot.agents.tools import Tool
from picklebot.engines.llm.conversation import Conversation
from picklebot.engines.llm.endpoint import Endpoint
from picklebot.engines.llm.workbench import Workbench
from picklebot.model.patience import Patience

pydantic_ai.BANNER_ENABLED = False  # The terminal belongs to the chat.


class Clients:
    """The conversations with all endpoints that were asked so far.

    The SDKs' own retries are switched off per request: what is tried again, and how often, is the pipeline's.
    """

    def __init__(self, patience: Patience, tools: Sequence[Tool], bench: Workbench) -> None:
        self._patience = patience
        self._tools = tools
        self._bench = bench
        self._conversations: dict[Endpoint, Conversation] = {}
        self._http: list[httpx2.AsyncClient] = []

    def __contains__(self, endpoint: Endpoint) -> bool:
        return endpoint in self._conversations

    def __getitem__(self, endpoint: Endpoint) -> Conversation:
        return self._conversations[endpoint]

    def open(self, endpoint: Endpoint) -> None:
        """Make ready to ask `endpoint`. May take seconds: its provider's SDK is imported if it was not yet."""
        http = create_async_httpx2_client()
        self._http.append(http)
        self._conversations[endpoint] = Conversation(
            _build(endpoint, http), endpoint, self._patience, self._tools, self._bench
        )

    async def aclose(self) -> None:
        """Close every connection."""
        self._conversations.clear()
        while self._http:
            await self._http.pop().aclose()


def _build(endpoint: Endpoint, http: httpx2.AsyncClient) -> Model:
    match endpoint.provider:
        case "anthropic":
            return _anthropic(endpoint, http)
        case "openai":
            return _openai_responses(endpoint, http)
        case "openai-chat":
            return _openai_chat(endpoint, http)
        case _:
            return _ollama(endpoint, http)


def _anthropic(endpoint: Endpoint, http: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415
    from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

    provider = AnthropicProvider(api_key=endpoint.api_key, base_url=endpoint.base_url, http_client=http)
    return AnthropicModel(endpoint.model, provider=provider)


def _openai_responses(endpoint: Endpoint, http: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.openai import OpenAIResponsesModel  # noqa: PLC0415
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415

    provider = OpenAIProvider(api_key=endpoint.api_key, base_url=endpoint.base_url, http_client=http)
    return OpenAIResponsesModel(endpoint.model, provider=provider)


def _openai_chat(endpoint: Endpoint, http: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415
    from pydantic_ai.profiles.openai import OpenAIModelProfile  # noqa: PLC0415
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415

    provider = OpenAIProvider(api_key=endpoint.api_key, base_url=endpoint.base_url, http_client=http)
    # Without this a stream that ends early, cleanly, is taken for a whole answer.
    profile = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    return OpenAIChatModel(endpoint.model, provider=provider, profile=profile)


def _ollama(endpoint: Endpoint, http: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.ollama import OllamaModel  # noqa: PLC0415
    from pydantic_ai.profiles.openai import OpenAIModelProfile  # noqa: PLC0415
    from pydantic_ai.providers.ollama import OllamaProvider  # noqa: PLC0415

    provider = OllamaProvider(api_key=endpoint.api_key, base_url=endpoint.base_url, http_client=http)
    profile = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    return OllamaModel(endpoint.model, provider=provider, profile=profile)
