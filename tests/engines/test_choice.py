"""Which engine, which model, at which address."""

import pytest
from tests.engines.turns import make_turn

from picklebot.engines.choice import choose, split_model
from picklebot.engines.llm.endpoint import NO_KEY, Endpoint, endpoint_of
from picklebot.errors import ConfigError, EngineError
from picklebot.model.agent import ModelChoice


def test_demo_is_the_demo_engine_and_all_else_the_llm() -> None:
    assert choose(make_turn(model="demo").agent) == "demo"
    assert choose(make_turn(model="openai:gpt-4o").agent) == "llm"


@pytest.mark.parametrize("name", ["openai:gpt-4o", "openai-chat:x", "anthropic:c", "ollama:llama3.2:3b"])
def test_a_provider_ends_at_the_first_colon(name: str) -> None:
    assert split_model(name) == tuple(name.split(":", 1))


@pytest.mark.parametrize(
    "name", ["", "gpt-4o", "litellm:x", "openai:", "openai-compatible:x", ":x", "OpenAI:x"]
)
def test_an_unknown_prefix_is_refused_and_the_known_ones_are_listed(name: str) -> None:
    with pytest.raises(ConfigError, match="demo or one of openai:…, openai-chat:…, anthropic:…, ollama:…"):
        split_model(name)


def test_the_turn_refuses_an_unknown_prefix_too() -> None:
    with pytest.raises(EngineError, match="anthropic:…") as caught:
        endpoint_of(ModelChoice("litellm:x"), {})
    assert (caught.value.code, caught.value.retryable) == ("unknown_provider", False)


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("openai:x", "OPENAI_API_KEY"),
        ("openai-chat:x", "OPENAI_API_KEY"),
        ("anthropic:x", "ANTHROPIC_API_KEY"),
    ],
)
def test_a_missing_key_names_key_and_variable(name: str, variable: str) -> None:
    with pytest.raises(EngineError, match=f"llm.api_key or {variable}") as caught:
        endpoint_of(ModelChoice(name), {})
    assert (caught.value.code, caught.value.retryable) == ("no_key", False)
    assert variable not in caught.value.text


def test_configuration_goes_before_the_environment() -> None:
    environ = {"OPENAI_API_KEY": "env", "OPENAI_BASE_URL": "http://env"}
    choice = ModelChoice("openai-chat:x", api_key="own", base_url="http://own")
    assert endpoint_of(choice, environ) == Endpoint("openai-chat", "x", "http://own", "own")
    assert endpoint_of(ModelChoice("openai:x"), environ) == Endpoint("openai", "x", "http://env", "env")


def test_local_servers_need_no_key() -> None:
    ollama = endpoint_of(ModelChoice("ollama:x"), {})
    assert ollama == Endpoint("ollama", "x", "http://localhost:11434/v1", NO_KEY)
    assert endpoint_of(ModelChoice("openai-chat:x", base_url="http://own"), {}).api_key == NO_KEY


def test_a_key_does_not_show() -> None:
    assert "secret" not in repr(endpoint_of(ModelChoice("openai:x", api_key="secret"), {}))


@pytest.mark.parametrize(
    "url",
    ["not an address", "localhost:8080", "ftp://127.0.0.1", "http://", "http://[", "http://127.0.0.1:99999"],
)
def test_an_address_that_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(EngineError, match="base_url or OPENAI_BASE_URL") as caught:
        endpoint_of(ModelChoice("openai:x", base_url=url), {})
    assert (caught.value.code, caught.value.retryable) == ("bad_address", False)
