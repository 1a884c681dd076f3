"""The strict reader: raw texts, clear refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.errors import ConfigError
from picklebot.yamltext import YamlError, read


def test_plain_scalars_stay_the_text_that_stands_there():
    document = read(
        "a: 0123456\nb: 1234e567\nc: on\nd: 12:30\n-100987: -5\ne: 1.50\nf: 2026-11-20\n", source="f"
    )
    assert document.data == {
        "a": "0123456",
        "b": "1234e567",
        "c": "on",
        "d": "12:30",
        "-100987": "-5",
        "e": "1.50",
        "f": "2026-11-20",
    }


def test_only_plain_null_forms_are_null():
    document = read("a:\nb: ~\nc: null\nd: 'null'\ne: \"\"\nf: nULL\ng: [~, x]\n", source="f")
    assert document.data == {
        "a": None, "b": None, "c": None, "d": "null", "e": "", "f": "nULL", "g": [None, "x"],
    }  # fmt: skip


def test_the_c_parser_is_the_one_in_use():
    from ruamel.yaml.cyaml import CParser

    assert CParser.__module__.endswith("_ruamel_yaml")


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "~\n", "\ufeff", "--- # x\n...\n"])
def test_nothing_but_comments_is_none(text: str):
    assert read(text, source="f").data is None


def test_bom_crlf_flow_and_a_missing_last_line_break_are_read():
    document = read(b"\xef\xbb\xbfa: 1\r\nb: {c: [x, 'y']}", source="f")
    assert document.data == {"a": "1", "b": {"c": ["x", "y"]}}
    assert document.bom
    assert document.newline == "\r\n"


BROKEN = [
    (b"a: [", 1, "not valid YAML"),
    (b"a:\n\tb: 1", 2, "tab"),
    (b"a: 1\nb: \x00", 2, "control character"),
    (b"\xc3\xa9: 1\n\xc3\xa9\xc3\xa9\nb: \x07", 3, "control character"),
    (b"a: 1\nb: 'x\n\n", 2, "end of stream"),
    (b"a: b: c", 1, "not allowed"),
    (b"x: 1\n y: 2", 2, "not valid YAML"),
    (b"a: 1\n---\nb: 2\n", 2, "second document"),
    (b"a: 1\nb: *x", 2, "anchors"),
    (b"a: &x 1\n", 1, "anchors"),
    (b"a: &x {b: *x}\n", 1, "anchors"),
    (b"a: !!str 1", 1, "tags"),
    (b"a: !thing {}", 1, "tags"),
    (b"a: 1\n~: 1", 2, "key"),
    (b"? [a]\n: 1", 1, "key"),
    (b"? {a: b}\n: 1", 1, "key"),
    (b"1: a\n'1': b", 2, "twice, first in line 1"),
    (b"{a: 1, a: 2}", 1, "twice"),
    (b"- a", 1, "keys and values"),
    (b"just words", 1, "keys and values"),
    (b"'null'", 1, "keys and values"),
    (b"[" * 100, 1, "levels"),
    (b"{a: " * 100, 1, "levels"),
    (b"a: 1\nb: \xff", 2, "UTF-8"),
    ("a: 1".encode("utf-16"), 1, "UTF-8"),
    (b"@: 1", 1, "not valid YAML"),
    (b"%FOO\n", 1, "not valid YAML"),
    (b"a: [12:30]", 1, "colon"),
]


@pytest.mark.parametrize(("content", "line", "words"), BROKEN)
def test_a_broken_file_is_one_sentence_with_file_and_line(content: bytes, line: int, words: str):
    with pytest.raises(YamlError) as caught:
        read(content, source="config.yaml")
    assert str(caught.value).startswith(f"config.yaml:{line}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ConfigError)


def test_a_file_over_the_limit_is_refused():
    assert read("a: 12", source="f", max_bytes=5).data == {"a": "12"}
    with pytest.raises(YamlError, match="larger than the limit of 4 bytes"):
        read("a: 12", source="f", max_bytes=4)


def test_sixty_four_levels_are_read():
    assert read("{a: " * 62 + "{}" + "}" * 62, source="f").data


def test_a_lone_surrogate_is_no_utf8():
    with pytest.raises(YamlError, match="UTF-8"):
        read("a: \ud800", source="f")


def test_lines_are_those_of_keys_and_of_the_nearest_ancestor():
    document = read("a:\n  b:\n    - x\n    - c: 1\n      d: 2\n", source="f")
    assert document.line(()) == 1
    assert document.line(("a", "b")) == 2
    assert document.line(("a", "b", 0)) == 3
    assert document.line(("a", "b", 1, "d")) == 5
    assert document.line(("a", "b", 7)) == 2
    assert document.line(("a", "zzz", "y")) == 1
    assert document.line(("zzz",)) == 1


def test_a_mapping_is_found_or_empty_or_an_error():
    document = read("a:\n  b: {c: 1}\n  n:\n  l: [1]\n", source="f")
    assert document.mapping(("a", "b")) == {"c": "1"}
    assert document.mapping(("a", "n")) == {}
    assert document.mapping(("x", "y")) == {}
    assert document.mapping(("a", "n", "deeper")) == {}
    with pytest.raises(YamlError, match=r"^f:4: a\.l must hold keys and values"):
        document.mapping(("a", "l"))
    assert read("", source="f").mapping(()) == {}


@given(st.text(max_size=60) | st.text(alphabet="a:-[]{}'\"#&*!|>%@?, \n\t~", max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text: str):
    mistake: YamlError | None = None
    try:
        document = read(text, source="f")
        assert document.data is None or isinstance(document.data, dict)
    except YamlError as error:
        mistake = error
    if mistake is not None:
        assert mistake.source == "f"
        assert mistake.line is None or 1 <= mistake.line <= text.count("\n") + 1
        assert "\n" not in str(mistake)


_KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=9)


@given(st.dictionaries(_KEYS, st.text("ab1:~ #", max_size=9)))
def test_quoted_texts_come_back_as_they_are(data: dict[str, str]):
    quote = {ord("\\"): "\\\\", ord('"'): '\\"'}
    text = "".join(f'"{key.translate(quote)}": "{value}"\n' for key, value in data.items())
    assert (read(text, source="f").data or {}) == data
