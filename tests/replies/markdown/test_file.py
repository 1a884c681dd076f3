"""Answers that are long to scroll through."""

from picklebot.replies.markdown.file import MOST_PARTS, as_file, too_long


def test_what_takes_many_messages_is_too_long() -> None:
    assert not too_long(["part"] * MOST_PARTS)
    assert too_long(["part"] * (MOST_PARTS + 1))


def test_the_file_holds_what_the_model_wrote() -> None:
    file = as_file("# Títle \ud800")
    assert (file.name, file.media_type, file.content.read()) == (
        "answer.md",
        "text/markdown",
        "# Títle ?".encode(),
    )
