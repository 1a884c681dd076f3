"""What models may say, at their worst: seeded, so that a failure can be seen again."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

_MARKS: Final = (
    *(
        "*",
        "**",
        "***",
        "_",
        "__",
        "`",
        "``",
        "```",
        "```py\n",
        "\n```\n",
        "~~~\n",
        "~~",
        "||",
        "|",
        "\\",
        "$",
        "$$",
    ),
    *(
        "[a](https://x.y/z)",
        "[a](",
        "](",
        "![pic](https://x.y/p.png)",
        "[^1]",
        "\n[^1]: note\n",
        "# ",
        "#### ",
        "> ",
    ),
    *(
        "- ",
        "* ",
        "1. ",
        "- [ ] ",
        "- [x] ",
        "\n---\n",
        "<b>",
        "</b>",
        "<T>",
        "&lt;",
        "&amp;",
        "<!-- ",
        "-->",
        "<br>",
    ),
    *(
        "@everyone",
        "@here",
        "<@1001>",
        "<@!1001>",
        "<@&1>",
        "<#2>",
        "@ann",
        "[Ann](tg://user?id=1001)",
        "{",
        "}",
    ),
    *(
        "\n| a | b |\n|---|:-:|\n| 1 | 2 |\n",
        "\\(x\\)",
        "\\[ \\frac{1}{2} \\]",
        "\\",
        "\0",
        "\x1b[0m",
        "\ufdd0",
        "\r\n",
    ),
)
_WORDS: Final = (
    *(
        "word",
        "another",
        "a",
        "I",
        "snake_case_name",
        "2*3*4",
        "https://example.org/a_b_c?d=e*f",
        "/start",
        "5 < 6",
    ),
    *(
        "😀",
        "👩‍👩‍👧",
        "🇩🇪",
        "👍🏽",
        "e\u0301",
        "مرحبا",
        "\u202e",
        "日本語",
        "привет",
        "\u200b",
        "\u2800",
        "\ud83d",
        "Z̤͔a̷lgo",
    ),
)
_SPACES: Final = (" ", " ", " ", "\n", "\n\n", "    ", "\t", "")


def outputs(count: int, seed: int) -> Iterator[str]:
    """So many answers; most are short, some are longer than ten messages."""
    random = Random(seed)
    for _ in range(count):
        pieces = random.choices((_MARKS, _WORDS, _SPACES), weights=(2, 4, 3), k=_length(random))
        yield "".join(random.choice(kind) for kind in pieces) + _ending(random)


def _length(random: Random) -> int:
    return random.choice((0, 1, 5, 20, 20, 60, 60, 200, 200, 1_000))


def _ending(random: Random) -> str:
    """Now and then something huge without a place to cut."""
    if random.random() > 0.02:
        return ""
    return random.choice(
        ("x", "😀", "👩‍👩‍👧", "> ", "`", "**", "|a", "\n", "e\u0301", "[", "<")
    ) * random.randint(2_000, 9_000)
