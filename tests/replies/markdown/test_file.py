"""Answers that are too long for a chat."""

from picklebot.replies.markdown.file import MOST_PARTS, SHOWN_PARTS, as_file, shown_of, too_long


def test_a_few_messages_are_shown_and_many_become_a_file() -> None:
    few, many = ["part"] * MOST_PARTS, ["part"] * (MOST_PARTS + 1)
    assert not too_long(few)
    assert shown_of(few) == few
    assert too_long(many)
    assert shown_of(many) == many[:SHOWN_PARTS]


def test_the_file_holds_what_the_model_wrote() -> None:
    file = as_file("# Títle \ud800")
    assert (file.name, file.media_type, file.data) == ("answer.md", "text/markdown", "# Títle ?".encode())
