"""Splicing: exactly the bindings asked for, and every other byte as it was."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from picklebot.storage.runtime_yaml.splice import fresh, splice
from picklebot.storage.runtime_yaml.view import parse_view
from picklebot.yamltext import YamlError, read

T = "telegram"
BOTH = '{"1": x, "7": y}'
EXAMPLE = """\
# picklebot revision 3
# mine
other: {keep: [1, 'two']}
messagebus:
  default_platform: telegram   # here
  telegram:
    allowed_user_ids: [5]
    sessions:   # who
      1: plain        # Ann
      # Bob left
      "2": "double"   # Bob
      '3': 'single'
    # tail
  discord:
"""


def spliced(text: str, bindings: dict[tuple[str, str], str], revision: int = 4) -> str:
    return splice(read(text, source="f"), bindings, revision).decode()


@pytest.mark.requirement("P25")
def test_only_the_lines_that_change_change():
    after = spliced(EXAMPLE, {(T, "1"): "new", (T, "3"): "n3", (T, "4@-1"): "n4", ("discord", "9"): "null"})
    assert (
        after
        == """\
# picklebot revision 4
# mine
other: {keep: [1, 'two']}
messagebus:
  default_platform: telegram   # here
  telegram:
    allowed_user_ids: [5]
    sessions:   # who
      1: new        # Ann
      # Bob left
      '3': 'n3'
      "4@-1": n4
    # tail
  discord:
    sessions:
      "9": "null"
"""
    )


@pytest.mark.requirement("P25")
def test_bom_crlf_and_a_missing_last_line_break_stay():
    before = "\ufeffmessagebus:\r\n  telegram:\r\n    sessions:\r\n      '1': a\r\n      '2': b"
    after = spliced(before, {(T, "1"): "a", (T, "2"): "c", (T, "3"): "d"})
    assert after == (
        "\ufeff# picklebot revision 4\r\nmessagebus:\r\n  telegram:\r\n    sessions:\r\n"
        "      '1': a\r\n      '2': c\r\n      \"3\": d"
    )


@pytest.mark.requirement("P25")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "messagebus: {telegram: {sessions: {1: a, 2: b}}}",
            'messagebus: {telegram: {sessions: {1: x, "7": y}}}',
        ),
        ("messagebus: {telegram: {sessions: {}}}", f"messagebus: {{telegram: {{sessions: {BOTH}}}}}"),
        ("messagebus: {telegram: {sessions}}", f"messagebus: {{telegram: {{sessions: {BOTH}}}}}"),
        (
            "messagebus: {telegram: {a: b, sessions: , }}",
            f"messagebus: {{telegram: {{a: b, sessions: {BOTH}, }}}}",
        ),
        ("messagebus: {telegram: }", f"messagebus: {{telegram: {{sessions: {BOTH}}}}}"),
        ("messagebus: {}", f"messagebus: {{telegram: {{sessions: {BOTH}}}}}"),
        ("{}", f"{{messagebus: {{telegram: {{sessions: {BOTH}}}}}}}"),
        (
            "messagebus: {telegram: {sessions: {\n  1: a, # one\n  2: b, # two\n}}}",
            'messagebus: {telegram: {sessions: {\n  1: x, "7": y, # two\n}}}',
        ),
    ],
)
def test_flow_style_is_kept(before: str, after: str):
    assert spliced(before, {(T, "1"): "x", (T, "7"): "y"}) == "# picklebot revision 4\n" + after


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only comments",
        "---\n",
        "---\n# x\n...\n",
        "a: 1",
        "messagebus:\n",
        "messagebus: ~ # soon\n# end",
        "messagebus:\n  telegram: null\n",
        "messagebus:\n    telegram:\n        sessions: ~\n        enabled: true\n\n\nz: 1\n",
        "messagebus:\n  telegram:\n    sessions:\n      '1': a\n      '2': b\n",
        "messagebus:\n  telegram:\n    sessions:\n      '1': a\n      '2': >-\n        b\n\n  web:\n",
        "messagebus:\n  telegram:\n    sessions:\n      '1': |-\n        a",
        "? messagebus\n: ? telegram\n  : ? sessions\n    : ? '2'\n      : a\n      ? '3'\n      : b",
        "? messagebus\n: telegram:\n    sessions:\n      ? '2'\n      : a\n",
        "messagebus:\n  telegram:\n    sessions:\n      '2': a\n  web:\n    sessions: {'5': c}\n",
        "messagebus:\n  telegram:\n    sessions: {'2': a, '3': b, '1': c}\n",
        "a: é\u2028\nmessagebus:\n  telegram:\n    sessions:\n      '2': a # \U0001f600\n      '3': b\n",
    ],
)
@pytest.mark.parametrize(
    "wanted", [{}, {(T, "1"): "x"}, {(T, "2"): "a", (T, "4"): "-", ("discord", "@5"): "n"}]
)
def test_any_form_ends_with_the_bindings_asked_for(text: str, wanted: dict[tuple[str, str], str]):
    view = parse_view(read(spliced(text, wanted, 9), source="f"))
    assert (view.revision, view.bindings) == (9, wanted)


@pytest.mark.parametrize(
    "text", ["messagebus:\n  telegram: words\n", "messagebus: words\n", "x: |\n  open end"]
)
def test_what_cannot_be_edited_in_place_is_refused(text: str):
    with pytest.raises(YamlError, match=r"^f:\d"):
        spliced(text, {(T, "1"): "x"})


def test_nothing_to_change_changes_nothing():
    bindings = {(T, "1"): "plain", (T, "2"): "double", (T, "3"): "single"}
    assert spliced(EXAMPLE, bindings, 3) == EXAMPLE


def test_a_fresh_file_explains_itself():
    text = fresh({(T, "1"): "a"}, 5).decode()
    assert text.startswith("# picklebot revision 5\n# ")
    assert parse_view(read(text, source="f")).bindings == {(T, "1"): "a"}
    assert parse_view(read(fresh({}, 0), source="f")).revision == 0


_KEYS = st.from_regex(r"(?:[0-9a-zA-Z_.-]{1,3}(?:@-?[0-9]{1,2})?|@-?[0-9]{1,2})(?:#[0-9])?", fullmatch=True)
_ODD = st.sampled_from(["null", "-", "--", "---", "0", "on", "NULL"])
_IDS = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True) | _ODD
_CHANGES = st.dictionaries(st.tuples(st.sampled_from([T, "discord"]), _KEYS), _IDS | st.none(), max_size=5)
_SESSIONS = st.dictionaries(_KEYS, _IDS, max_size=6)
_QUOTES = st.sampled_from(["'", '"'])
_COMMENTS = st.sampled_from(["", "", " # é", "   # a: {b", " # 'x"])
_BREAKS = st.sampled_from(["\n", "\r\n"])


def _quoted(draw: st.DrawFn, text: str) -> str:
    quote = draw(_QUOTES)
    return f"{quote}{text}{quote}"


@st.composite
def files(draw: st.DrawFn) -> tuple[str, dict[tuple[str, str], str]]:
    """A file as people write them, with the bindings in it."""
    indent = " " * draw(st.integers(1, 4))
    lines = draw(st.sampled_from([[], ["# picklebot revision 2"], ["# hello", ""], ["---"]]))
    lines = [*lines, "unknown: {a: [1, '2']}" + draw(_COMMENTS), "messagebus:" + draw(_COMMENTS)]
    bindings: dict[tuple[str, str], str] = {}
    for platform in draw(st.lists(st.sampled_from([T, "discord", "web"]), unique=True, max_size=3)):
        lines += [f"{indent}{platform}:" + draw(_COMMENTS), f"{indent * 2}enabled: true"]
        sessions = draw(_SESSIONS)
        bindings |= {(platform, key): session_id for key, session_id in sessions.items()}
        pairs = [f"{_quoted(draw, key)}: {_quoted(draw, name)}" for key, name in sessions.items()]
        if draw(st.booleans()):
            lines += [f"{indent * 2}sessions: {{{', '.join(pairs)}}}" + draw(_COMMENTS)]
        else:
            lines += [f"{indent * 2}sessions:" + draw(_COMMENTS)]
            for pair in pairs:
                lines += draw(st.sampled_from([[], [], [""], ["# between"], [f"{indent * 3}# over"]]))
                lines += [f"{indent * 3}{pair}" + draw(_COMMENTS)]
        lines += draw(st.sampled_from([[], [""], [f"{indent}# after"]]))
    lines += draw(st.sampled_from([[], ["zzz: [", "  1]"], ["# end"], ["text: |-", "  a", "  b"]]))
    text = draw(_BREAKS).join(lines) + draw(st.sampled_from(["", "\n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + text, bindings


@pytest.mark.requirement("P25")
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=files(), change=_CHANGES, data=st.data())
def test_exact_bindings_and_untouched_lines(file, change, data, figure):
    text, bindings = file
    assert parse_view(read(text, source="f")).bindings == bindings
    touched = {key: data.draw(_IDS | st.none()) for key in bindings if data.draw(st.booleans())}
    target = {key: name for key, name in (bindings | change | touched).items() if name is not None}
    after = spliced(text, target)
    assert parse_view(read(after, source="f")).bindings == target
    changed = {key for (_, key), _ in bindings.items() ^ target.items()}
    old, new = _unconcerned(text, changed), _unconcerned(after, changed)
    left = iter(new)
    assert all(line in left for line in old), "an untouched line is gone or moved"
    assert all(line in old or line.strip().endswith(":") for line in new), "a line came from nowhere"
    assert after.startswith("\ufeff") == text.startswith("\ufeff")
    assert after.endswith("\n") == text.endswith("\n")
    figure("P25", "other lines changed in 300 generated files", 0)


def _unconcerned(text: str, keys: set[str]) -> list[str]:
    """The lines that hold neither the revision, nor one of the keys, nor sessions in flow style."""
    marks = [
        "# picklebot revision",
        "sessions: {",
        *(f"{mark}{key}{mark}: " for key in keys for mark in "'\""),
    ]
    lines = text.removeprefix("\ufeff").splitlines()
    return [line for line in lines if not any(mark in line for mark in marks)]
