"""What the file says about bindings, and what it must not say."""

import pytest

from picklebot.storage.runtime_yaml.view import parse_view
from picklebot.yamltext import YamlError, read

GOOD = """\
# picklebot revision 12
messagebus:
  default_platform: telegram
  telegram:
    allowed_user_ids: [1]
    sessions:
      123: 0d1f6c0e-aaaa
      "123#55": "0123"
      123@-100987: 1e5
      "@-100987#55": null_
      a%2Fb: on
  discord:
    sessions:
  web:
    enabled: true
"""


def test_bindings_and_revision_are_read_as_the_text_they_are():
    view = parse_view(read(GOOD, source="f"))
    assert view.revision == 12
    assert view.bindings == {
        ("telegram", "123"): "0d1f6c0e-aaaa",
        ("telegram", "123#55"): "0123",
        ("telegram", "123@-100987"): "1e5",
        ("telegram", "@-100987#55"): "null_",
        ("telegram", "a%2Fb"): "on",
    }


@pytest.mark.parametrize(
    ("first", "revision"),
    [
        ("# picklebot revision 0", 0),
        ("# picklebot revision 7  \r", 7),
        ("\ufeff# picklebot revision 7", 7),
        ("# picklebot revision 7 and more", None),
        ("# picklebot revision -1", None),
        ("# picklebot revision " + "9" * 40, None),
        (" # picklebot revision 7", None),
        ("# hello\n# picklebot revision 7", None),
        ("", None),
    ],
)
def test_the_revision_is_in_the_first_line(first: str, revision: int | None):
    assert parse_view(read(first + "\n", source="f")).revision == revision


BROKEN = [
    ('"1": ', "missing"),
    ('"1": ~', "missing"),
    ('"1": [a]', "missing"),
    ('"1": {a: b}', "missing"),
    ('"1": ""', "no session id"),
    ('"1": ../../etc', "no session id"),
    ('"1": a b', "no session id"),
    ('"1": a/b', "no session id"),
    ('"1": a.b', "no session id"),
    ('"1": ' + "a" * 65, "no session id"),
    ('"1": "a\\nb"', "no session id"),
    ('"1": é', "no session id"),
    ('"": a', "not a session key"),
    ('"#5": a', "not a session key"),
    ('"1@": a', "not a session key"),
    ('"1@2@3": a', "not a session key"),
    ('"1#2@3": a', "not a session key"),
    ('"a b": a', "not a session key"),
    ('"a/b": a', "not a session key"),
    ('"a%2fb": a', "not a session key"),
    ('"a%41b": a', "plain form"),
    ('"%FF": a', "key '%FF'"),
]


@pytest.mark.requirement("P24")
@pytest.mark.parametrize(("entry", "words"), BROKEN)
def test_a_mistake_names_line_and_key(entry: str, words: str):
    text = f'messagebus:\n  telegram:\n    sessions:\n      "9": fine\n      {entry}\n'
    with pytest.raises(YamlError) as caught:
        parse_view(read(text, source="config.runtime.yaml"))
    assert str(caught.value).startswith("config.runtime.yaml:5: messagebus.telegram.sessions, key ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "messagebus: 5",
        "messagebus: [a]",
        "messagebus:\n  telegram:\n    sessions: x",
        "messagebus:\n  telegram:\n    sessions: [a]",
        "messagebus:\n  'Te le':\n    sessions: {'1': a}",
    ],
)
def test_sessions_have_their_place(text: str):
    with pytest.raises(YamlError):
        parse_view(read(text, source="f"))
