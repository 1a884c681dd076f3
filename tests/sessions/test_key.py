"""Session keys: injective, and never across chats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.model.message import Address, ChatKind, Sender
from picklebot.model.session import Scope
from picklebot.sessions.key import SessionKey, key_for, parse_key

ids = st.text(min_size=1, max_size=12) | st.sampled_from(
    ["123", "-100987", "a.b", "a@b", "a#b", "a%40b", "..", "ü"]
)
maybe = st.none() | ids
keys = st.builds(SessionKey, st.just("telegram"), ids, maybe, maybe) | st.builds(
    SessionKey, st.just("telegram"), st.none(), ids, maybe
)


def group(chat: str = "-100987", thread: str | None = None) -> Address:
    return Address("telegram", "1", chat, ChatKind.GROUP, thread)


ANN = Sender("123", "Ann")


@pytest.mark.requirement("P28")
@given(keys, keys)
def test_two_keys_have_one_text_only_when_they_are_equal(one: SessionKey, other: SessionKey) -> None:
    assert (one.text == other.text) == (one == other)


@given(keys)
def test_a_key_comes_back_from_its_text(key: SessionKey) -> None:
    assert parse_key("telegram", key.text) == key


@given(st.text(max_size=20))
def test_any_text_is_a_key_in_its_plain_form_or_refused(text: str) -> None:
    try:
        key = parse_key("telegram", text)
    except ValueError:
        return
    assert key.text == text


@pytest.mark.requirement("S0.1")
@pytest.mark.parametrize(
    ("address", "scope", "text"),
    [
        (Address("telegram", "1", "123"), None, "123"),
        (Address("telegram", "1", "123", thread_id="55"), None, "123#55"),
        (Address("telegram", "1", "123"), Scope.CHAT, "123"),
        (group(), None, "123@-100987"),
        (group(thread="55"), None, "@-100987#55"),
        (group(thread="55"), Scope.SPEAKER, "123@-100987#55"),
        (group(thread="55"), Scope.CHAT, "@-100987"),
        (group(), Scope.CHAT, "@-100987"),
        (group(), Scope.THREAD, "123@-100987"),
    ],
)
def test_the_forms_of_the_contract(address: Address, scope: Scope | None, text: str) -> None:
    assert key_for(address, ANN, scope).text == text


def test_a_user_id_with_a_dot_stays_readable() -> None:
    assert key_for(Address("web", "web", "x"), Sender("ann.lee", "Ann")).text == "ann.lee"


def test_whom_a_program_speaks_for_is_known_where_they_speak_themselves() -> None:
    spoken = Sender("ann", "", platform="console")
    assert key_for(Address("web", "web", "x"), spoken) == SessionKey("console", "ann")
    assert key_for(group(), spoken).platform == "telegram"


@pytest.mark.parametrize("text", ["", "#5", "@", "1@", "1#", "a b", "%zz", "%2E", "1@2@3", "ü", "a/b"])
def test_texts_that_no_key_has(text: str) -> None:
    with pytest.raises(ValueError, match="session key"):
        parse_key("telegram", text)
