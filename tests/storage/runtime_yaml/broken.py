"""Sixty ways in which a runtime file is broken, as editors, disks and people break it."""

from __future__ import annotations

HEAD = "# picklebot revision 3\n"
_S = "messagebus:\n  telegram:\n    sessions:\n"


def _session(line: str) -> str:
    return f"{HEAD}{_S}      {line}\n"


# Each with the line and the word that the log must name; line 0 where the whole file is meant.
BROKEN: list[tuple[str | bytes, int, str]] = [
    # nothing in it
    ("", 0, "empty"),
    ("\n", 0, "empty"),
    (HEAD, 0, "empty"),
    ("{}\n", 0, "empty"),
    ("---\n", 0, "empty"),
    ("null\n", 0, "empty"),
    ("~", 0, "empty"),
    ("\ufeff", 0, "empty"),
    (HEAD + "# everything is a comment\n#messagebus:\n", 0, "empty"),
    # not YAML
    (HEAD + "messagebus: [\n", 2, "YAML"),
    (HEAD + "messagebus: {telegram: {sessions: {'1': a}\n", 2, "YAML"),
    (HEAD + "messagebus: 'open\n", 2, "YAML"),
    (HEAD + 'messagebus: "open\n', 2, "YAML"),
    (HEAD + "messagebus:\n  telegram:\n sessions:\n", 4, "YAML"),
    (HEAD + "messagebus:\n\ttelegram:\n", 3, "tab"),
    (HEAD + "messagebus: a: b\n", 2, "YAML"),
    (HEAD + "messagebus\n  telegram:\n", 3, "YAML"),
    (HEAD + "@messagebus: {}\n", 2, "YAML"),
    (HEAD + "%messagebus: {}\n", 2, ""),
    (HEAD + "messagebus: }\n", 2, "YAML"),
    (HEAD + "<<<<<<< HEAD\nmessagebus:\n=======\n>>>>>>> theirs\n", 3, "YAML"),
    ('"messagebus\n', 1, "YAML"),
    # YAML, but not what is read here
    (HEAD + "messagebus: &a {}\nother: *a\n", 2, "anchors"),
    (HEAD + "messagebus: *a\n", 2, ""),
    (HEAD + "messagebus: !!python/object:os.system {}\n", 2, "tags"),
    (HEAD + "<<: {}\nmessagebus: &x {}\n", 3, "anchors"),
    (HEAD + "messagebus: {}\n---\nmessagebus: {}\n", 3, "document"),
    (HEAD + "- messagebus\n", 2, "keys and values"),
    (HEAD + "messagebus\n", 2, "keys and values"),
    (HEAD + "42\n", 2, "keys and values"),
    (HEAD + "? [a]\n: b\n", 2, "key"),
    (HEAD + "? {a: b}\n: c\n", 2, "key"),
    (HEAD + "~: b\n", 2, "key"),
    (HEAD + "messagebus: {}\nmessagebus: {}\n", 3, "twice"),
    (HEAD + "messagebus:\n  telegram: {}\n  telegram: {}\n", 4, "twice"),
    (HEAD + "a: " + "[" * 80 + "]" * 80 + "\n", 2, "levels"),
    # bytes
    (b"# picklebot revision 3\nmessagebus: \xff\n", 2, "UTF-8"),
    (b"# picklebot revision 3\nmessagebus: {telegram: {sessions: {'1': \xc3}}}\n", 2, "UTF-8"),
    ((HEAD + "messagebus:\n").encode("utf-16"), 1, "UTF-8"),
    (HEAD + "messagebus: \x00\n", 2, "control"),
    (HEAD + "messagebus: \x1b[31m\n", 2, "control"),
    (b"\x00" * 4096, 1, ""),  # what some file systems leave after a power cut
    (HEAD.encode() + b"messagebus:\n" + b"\x00" * 100, 3, ""),
    # the wrong things in the right places
    (HEAD + "messagebus: words\n", 2, "messagebus"),
    (HEAD + "messagebus: [telegram]\n", 2, "messagebus"),
    (HEAD + "messagebus:\n  telegram: words\n", 3, "telegram"),
    (HEAD + "messagebus:\n  telegram: [sessions]\n", 3, "telegram"),
    (HEAD + "messagebus:\n  telegram:\n    sessions: words\n", 4, "sessions"),
    (HEAD + "messagebus:\n  telegram:\n    sessions: ['1', a]\n", 4, "sessions"),
    (HEAD + "messagebus:\n  Tele gram:\n    sessions: {'1': a}\n", 4, "Tele gram"),
    # keys and ids
    (_session('"1":'), 5, "'1'"),
    (_session('"1": ~'), 5, "'1'"),
    (_session('"1": ""'), 5, "'1'"),
    (_session('"1": ../../etc/passwd'), 5, "'1'"),
    (_session('"1": a b'), 5, "'1'"),
    (_session('"1": [a]'), 5, "'1'"),
    (_session('"1": {a: b}'), 5, "'1'"),
    (_session(f'"1": {"x" * 65}'), 5, "'1'"),
    (_session('"1": a\n      1: b'), 6, "twice"),
    (_session('"": a'), 5, "''"),
    (_session('"1@@2": a'), 5, "'1@@2'"),
    (_session('"a b": a'), 5, "'a b'"),
    (_session('"1#": a'), 5, "'1#'"),
]
