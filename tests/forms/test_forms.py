"""What people write in forms, and what they are told about it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from picklebot.forms import Form, LlmForm, SecretSources, problems_of
from picklebot.forms.chat import PlatformForm, RatesForm
from picklebot.model.agent import ModelChoice
from picklebot.model.rate import Rate


def messages(form: Any, data: Any, sources: SecretSources | None = None) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        form.model_validate(data, context=sources)
    return [problem.message for problem in problems_of(form, caught.value)]


@pytest.mark.parametrize("written", [["1", "-2", "*"], [1, -2, "*"], "1, -2,*", (1, "-2", " * ")])
def test_ids_are_texts_however_they_are_written(written: Any) -> None:
    assert PlatformForm(allowed_user_ids=written).allowed_user_ids == {"1", "-2", "*"}


def test_a_single_id_needs_no_list() -> None:
    assert PlatformForm.model_validate({"allowed_user_ids": 7}).allowed_user_ids == {"7"}


@pytest.mark.parametrize("wrong", ["@anna", "anna", "1.5", "", None, {"a": "1"}, "١٢", ["1", ["2"]]])
def test_what_is_no_id_is_refused(wrong: Any) -> None:
    value = wrong if isinstance(wrong, list | dict) else [wrong]
    assert messages(PlatformForm, {"allowed_user_ids": value})


def test_a_user_name_is_told_how_to_find_its_id() -> None:
    (message,) = messages(PlatformForm, {"allowed_user_ids": ["@anna"]})
    assert message == "allowed_user_ids: '@anna' is not an id; /whoami shows the number"


@given(st.integers(1, 999_999), st.sampled_from(["s", "min", "h"]), st.integers(1, 999_999))
def test_rates_are_read_in_words(amount: int, unit: str, burst: int) -> None:
    seconds = {"s": 1.0, "min": 60.0, "h": 3600.0}[unit]
    form = RatesForm.model_validate({"chat": f"{amount}/{unit} burst {burst}", "group": f"{amount} / {unit}"})
    assert form.chat == Rate(amount, seconds, burst)
    assert form.group == Rate(amount, seconds, 1)


def test_a_rate_may_come_from_code() -> None:
    assert RatesForm.model_validate({"bot": Rate(1, 2.0, 3)}).bot == Rate(1, 2.0, 3)


@pytest.mark.parametrize("wrong", ["", "0/s", "fast", "1/day", "1/s burst", "-1/s", ["1/s"]])
def test_what_is_no_rate_is_refused(wrong: Any) -> None:
    assert messages(RatesForm, {"chat": wrong}) == [
        "chat must be a rate such as 1/s, 20/min or 20/min burst 3"
    ]


@pytest.mark.parametrize("word", ["off", "Off", "false", "no", False])
def test_off_has_several_spellings(word: Any) -> None:
    form = PlatformForm.model_validate({"rate": word, "streaming": word, "link_previews": word})
    assert (form.rate, form.streaming, form.link_previews) == (None, "off", False)


def test_denied_wins_over_allowed() -> None:
    form = PlatformForm.model_validate({"allowed_user_ids": ["*"], "denied_user_ids": [3]})
    assert form.admits("1")
    assert not form.admits("3")
    assert not PlatformForm.model_validate({"allowed_user_ids": [1], "denied_user_ids": ["*"]}).admits("1")
    assert not PlatformForm().admits("1")


@pytest.mark.parametrize("name", ["demo", "openai:x", "openai-chat:x", "anthropic:x", "ollama:x:7b"])
def test_known_models(name: str) -> None:
    assert LlmForm(model=name).choice().name == name


@pytest.mark.parametrize("name", ["", "gpt", "openai:", "litellm:x", "demo:x"])
def test_unknown_models_are_refused_with_the_known_ones(name: str) -> None:
    (message,) = messages(LlmForm, {"model": name})
    assert "openai:…, openai-chat:…, anthropic:…, ollama:…" in message


@pytest.mark.parametrize(
    "url", ["example.org", "ftp://x", "http://", "http://a b", "http://x:99999", "http://[1"]
)
def test_what_is_no_url_is_refused(url: str) -> None:
    assert messages(LlmForm, {"base_url": url}) == [
        "base_url must be a URL that begins with http:// or https://"
    ]


def test_a_url_loses_its_closing_slash() -> None:
    assert LlmForm(base_url="http://127.0.0.1:9/v1/").base_url == "http://127.0.0.1:9/v1"


DEFAULT = ModelChoice(
    "openai:big", api_key="sk-default", base_url="http://one", temperature=0.5, max_tokens=9
)


def test_an_own_model_takes_over_the_rest_of_the_default() -> None:
    choice = LlmForm.model_validate({"model": "openai-chat:small"}).choice(DEFAULT)
    assert choice == ModelChoice("openai-chat:small", "sk-default", "http://one", 0.5, 9)


def test_a_key_never_goes_to_another_provider_or_host() -> None:
    other = LlmForm.model_validate({"model": "anthropic:x"}).choice(DEFAULT)
    assert (other.api_key, other.base_url) == (None, None)
    moved = LlmForm.model_validate({"base_url": "http://two"}).choice(DEFAULT)
    assert (moved.name, moved.api_key, moved.base_url) == ("openai:big", None, "http://two")


def test_secrets_come_from_the_environment_and_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("  from-file\n")
    sources = SecretSources({"KEY": "from-environment"}, tmp_path)
    for written, secret in [("plain", "plain"), ("${KEY}", "from-environment"), ("file:key", "from-file")]:
        form = LlmForm.model_validate({"api_key": written}, context=sources)
        assert form.api_key is not None
        assert form.api_key.get_secret_value() == secret


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("${NOPE}", "api_key: the environment variable NOPE is not set"),
        ("${EMPTY}", "api_key: the environment variable EMPTY is not set"),
        ("file:nope", "cannot be read: No such file or directory"),
        ("file:empty", "is empty"),
        ("file:binary", "cannot be read: not a text file"),
        ("", "api_key is empty"),
        (["x"], "api_key must be a text"),
    ],
)
def test_a_secret_that_cannot_be_found_is_named(tmp_path: Path, written: Any, message: str) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (found,) = messages(LlmForm, {"api_key": written}, SecretSources({"EMPTY": " "}, tmp_path))
    assert message in found


def test_secrets_of_a_block_that_is_switched_off_are_not_looked_up(tmp_path: Path) -> None:
    form = PlatformForm.model_validate(
        {"enabled": "false", "bot_token": "${NOPE}"}, context=SecretSources({}, tmp_path)
    )
    assert not form.enabled


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"temperatur": 1}, "unknown key temperatur; did you mean temperature?"),
        ({"max_tokens": "many"}, "max_tokens must be a whole number, not many"),
        ({"max_tokens": "1.5"}, "max_tokens must be a whole number, not 1.5"),
        ({"max_tokens": 0}, "max_tokens must be at least 1"),
        ({"temperature": "hot"}, "temperature must be a number, not hot"),
        ({"temperature": 3}, "temperature must be at most 2"),
        ({"temperature": "nan"}, "temperature must be a finite number"),
        ({"model": ["demo"]}, "model must be a text"),
    ],
)
def test_problems_are_sentences(data: Any, message: str) -> None:
    assert messages(LlmForm, data) == [message]


def test_problems_of_chats_name_the_chat() -> None:
    data = {
        "chats": {"-1": {"sesion": "chat"}, "x": {}, "*": {"answer": "never"}, "2": "always"},
        "enabled": "maybe",
    }
    assert messages(PlatformForm, data) == [
        "enabled must be true or false, not maybe",
        "unknown key chats.-1.sesion; did you mean session?",
        "chats.x: 'x' is not a chat id; write its number, or \"*\" for every chat",
        "chats.*.answer must be spoken_to, always or commands, not never",
        "chats.2 must hold keys and values",
    ]


class Dated(Form):
    """A form with a kind of value that no other form has."""

    day: date


def test_a_problem_without_a_sentence_of_its_own_is_still_told() -> None:
    (message,) = messages(Dated, {"day": "soon"})
    assert message.startswith("day: Input should be a valid date")
