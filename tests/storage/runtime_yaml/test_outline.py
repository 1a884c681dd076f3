"""Amending by heart gives, byte for byte, what reading and splicing the whole file gives."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.ports.ledger import BindingChange, BindingKey
from picklebot.storage.runtime_yaml.outline import Outline, amend, outline
from picklebot.storage.runtime_yaml.splice import encode, rewrite, splice
from picklebot.yamltext import read

T = "telegram"
TEXT = """\
# picklebot revision 1
# Größe ändern 🥒
messagebus:
  telegram:
    sessions:   # who
      1: plain        # Ann
      # Bob left
      "2": double
      '3': 'single'
    # tail
  discord:
      sessions:
        # "9": not this one
        "9": nine
        "8": eight   # 🥒
  web: {sessions: {"a": b}}
"""

Bindings = dict[BindingKey, str]
_KEYS = st.tuples(st.sampled_from([T, "discord", "web", "terminal"]), st.sampled_from("123456789"))
_STEPS = st.lists(st.tuples(_KEYS, st.sampled_from(["a", "b", "-c", "null", None])), min_size=1, max_size=6)


def differences(before: Mapping[BindingKey, str], after: Mapping[BindingKey, str]) -> list[BindingChange]:
    keys = dict.fromkeys((*before, *after))
    changes = [BindingChange(*key, before.get(key), after.get(key)) for key in keys]
    return [change for change in changes if change.before != change.after]


def places_of(content: bytes) -> Outline:
    found = outline(read(content, source="f"))
    assert found is not None
    return found


def amended(text: str, *changes: BindingChange) -> str | None:
    content = text.encode()
    result = amend(content, places_of(content), changes, 2)
    return None if result is None else result[0].decode()


@pytest.mark.requirement("P25")
@pytest.mark.requirement("P26")
@given(
    steps=st.lists(_STEPS, min_size=1, max_size=6),
    newline=st.sampled_from(["\n", "\r\n"]),
    bom=st.sampled_from(["", "\ufeff"]),
)
def test_amending_is_splicing(steps: list[list[tuple[BindingKey, str | None]]], newline: str, bom: str):
    bindings: Bindings = {(T, "1"): "plain", ("discord", "8"): "eight"}
    start = read((bom + TEXT.replace("\n", newline)).encode(), source="f")
    document = rewrite(start, bindings, 1)
    content, places = encode(document), outline(document)
    for revision, step in enumerate(steps, 2):
        wanted = dict(bindings)
        for key, session_id in step:
            wanted.pop(key, None)
            if session_id is not None:
                wanted[key] = session_id
        assert places is not None
        result = amend(content, places, differences(bindings, wanted), revision)
        expected = rewrite(read(content, source="f"), wanted, revision)
        bindings = wanted
        if result is None:
            content, places = encode(expected), outline(expected)
        else:
            content, places = result
            assert content == encode(expected)
            assert places == outline(expected)


def test_a_new_speaker_is_a_line_at_the_end_of_their_platform():
    after = amended(TEXT, BindingChange(T, "4", None, "new"), BindingChange("discord", "7", None, "seven"))
    assert after == TEXT.replace("revision 1", "revision 2").replace(
        "'single'\n", "'single'\n      \"4\": new\n"
    ).replace("eight   # 🥒\n", 'eight   # 🥒\n        "7": seven\n')


def test_our_own_line_is_found_changed_and_taken_out():
    assert amended(TEXT, BindingChange("discord", "9", "nine", "zehn")) == TEXT.replace(
        "revision 1", "revision 2"
    ).replace('"9": nine', '"9": zehn')
    assert amended(TEXT, BindingChange(T, "2", "double", None)) == TEXT.replace(
        "revision 1", "revision 2"
    ).replace('      "2": double\n', "")


@pytest.mark.parametrize(
    "change",
    [
        BindingChange(T, "1", "plain", "x"),  # not in our form
        BindingChange(T, "3", "single", None),  # the last line, behind which new ones come
        BindingChange("web", "c", None, "d"),  # flow style
        BindingChange("terminal", "c", None, "d"),  # not there yet
    ],
)
def test_whatever_is_not_our_own_form_is_left_to_splicing(change: BindingChange):
    assert amended(TEXT, change) is None


def test_a_block_never_loses_its_last_entry_here():
    text = '# picklebot revision 1\nmessagebus:\n  web:\n    sessions:\n      "a": b\n      "c": d\n'
    gone = [BindingChange("web", "a", "b", None), BindingChange("web", "c", "d", None)]
    assert amended(text, *gone) is None


def test_many_searches_are_left_to_splicing():
    text = "# picklebot revision 1\nmessagebus:\n  web:\n    sessions:\n" + "".join(
        f'      "{number}": a\n' for number in range(100)
    )
    changes = [BindingChange("web", str(number), "a", "b") for number in range(40)]
    assert amended(text, *changes[:30]) is not None
    assert amended(text, *changes) is None


@pytest.mark.parametrize("text", ["messagebus:\n", "# picklebot revision 1\na: b"])
def test_a_file_without_revision_or_last_line_break_has_no_outline(text: str):
    assert outline(read(text, source="f")) is None


def test_it_is_the_same_work_whatever_stands_in_the_file():
    """Splicing reads back the whole; amending must not: an entry that nobody could parse stays as it is."""
    content = TEXT.encode()
    places = places_of(content)
    broken = content.replace(b"plain ", b"{[: ''")[: len(content)]
    after = amend(broken, places, [BindingChange(T, "4", None, "new")], 2)
    assert after is not None
    assert b'"4": new\n' in after[0]
    assert splice(read(content, source="f"), {(T, "1"): "x"}, 2) != after[0]
