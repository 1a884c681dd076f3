"""What `/help` shows."""

from picklebot.model import words


def test_help_shows_every_command_once_by_what_it_is_about() -> None:
    shown = [line.split(" - ")[0] for line in words.command_list().splitlines() if line.startswith("/")]
    assert sorted(shown) == sorted(f"/{name}" for name in words.COMMANDS)
    assert words.command_list().startswith("Our conversations\n/new - ")
