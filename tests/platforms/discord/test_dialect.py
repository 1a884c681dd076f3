"""What Discord does not know, in words that it does."""

import pytest

from picklebot.platforms.discord.dialect import dialect
from picklebot.platforms.discord.render import render


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("- [ ] open\n- [x] done", "- ☐ open\n- ☑ done"),
        ("+ one\n1) two", "- one\n1. two"),
        (">quote\n> > deeper", "> quote\n> deeper"),
        ("a\n\n---\nb", "a\n\n────────────\nb"),
        ("![a cat](https://x.y/c.png)", "[🖼 a cat](https://x.y/c.png)"),
        ("__bold__ and a__b__c", "**bold** and a__b__c"),
        ("so $$a_1$$, \\(b\\) and \\[c\\]", "so `a_1`, `b` and `c`"),
        ("\\[\na_1\n\\]\nend", "```latex\na_1\n```\nend"),
        ("said[^1] and[^note]\n[^1]: here", "said¹ and(note)\n¹ here"),
        ("2*3*4, `2*3*4`, a || b", "2\\*3\\*4, `2*3*4`, a \\|\\| b"),
        ("~~~py\nx\n~~~", "```py\nx\n```"),
        ("```some words\nx\n```", "```\nsome words\nx\n```"),
        ("````md\n```py\n```\n````", "```md\n`\u200b`\u200b`py\n`\u200b`\u200b`\n```"),
    ],
)
def test_it_is_said_otherwise(markdown: str, shown: str) -> None:
    assert "\n".join(dialect(markdown)) == shown


def test_bold_words_that_are_cut_go_on_bold() -> None:
    first, second = render("**" + "word " * 60 + "end**", 200)
    assert (first[:2], first[-2:], second[:2], second[-5:]) == ("**", "**", "**", "end**")
