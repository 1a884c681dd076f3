"""Whom a text pings: the pure rules."""

from hypothesis import given
from hypothesis import strategies as st

from picklebot.sandbox.discord.mentions import NOBODY, Mentions, allow_mentions, contradicts, find_mentions

TEXTS = st.lists(
    st.one_of(
        st.text(max_size=5),
        st.integers(0, 50).map(lambda each: f"<@{each}>"),
        st.integers(0, 50).map(lambda each: f"<@&{each}>"),
        st.sampled_from(["@everyone", "@here"]),
    ),
    max_size=8,
).map(" ".join)


def test_what_a_text_names():
    assert find_mentions("<@1> <@!2> <@1> <@&3> @here <#4> @someone") == Mentions((1, 2), (3,), True)


@given(TEXTS)
def test_nothing_allowed_pings_nobody(text):
    assert allow_mentions(text, {"parse": []}, 7) == NOBODY
    assert allow_mentions(text, {"parse": [], "replied_user": True}, 7) == Mentions((7,))


@given(TEXTS, st.integers(51, 99))
def test_without_a_word_everybody_named_is_pinged(text, asker):
    found = find_mentions(text)
    assert allow_mentions(text, None) == found
    assert allow_mentions(text, None, asker) == found.with_user(asker)
    assert allow_mentions(text, {"parse": ["users", "roles", "everyone"]}) == found


@given(TEXTS, st.lists(st.integers(0, 50)))
def test_only_those_listed_are_pinged(text, listed):
    pinged = allow_mentions(text, {"parse": [], "users": [str(each) for each in listed]})
    assert set(pinged.users) == set(find_mentions(text).users) & set(listed)
    assert pinged.roles == ()
    assert not pinged.everyone


def test_a_kind_is_parsed_or_listed():
    assert contradicts({"parse": ["roles"], "roles": ["1"]})
    assert not contradicts({"parse": ["roles"], "users": ["1"]})
    assert not contradicts(None)
