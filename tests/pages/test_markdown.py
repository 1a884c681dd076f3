"""Markdown in the page: drawn as nodes, and never as anything else."""

from playwright.async_api import Page

DRAW = """async (text) => {
  const { render } = await import("/assets/markdown.js");
  const box = document.createElement("div");
  box.append(render(text));
  return box.innerHTML;
}"""

TIME = """async (text) => {
  const { render } = await import("/assets/markdown.js");
  const begin = performance.now();
  render(text);
  return performance.now() - begin;
}"""


async def draw(page: Page, text: str) -> str:
    """The HTML that a text becomes, without the attributes that all blocks have."""
    return (await page.evaluate(DRAW, text)).replace(' dir="auto"', "")


async def test_what_models_write_is_drawn(page: Page) -> None:
    cases = {
        "plain": "<p>plain</p>",
        "two\nlines": "<p>two<br>lines</p>",
        "one\n\ntwo": "<p>one</p><p>two</p>",
        "**b** *i* _u_ ~~s~~ `c`": "<p><strong>b</strong> <em>i</em> <em>u</em> <del>s</del> <code>c</code></p>",
        "**bold with `code` and *more***": "<p><strong>bold with <code>code</code> and <em>more</em></strong></p>",
        "snake_case_name and 2*3*4 = 24": "<p>snake_case_name and 2<em>3</em>4 = 24</p>",
        "\\*not\\*": "<p>*not*</p>",
        "`` a ` b ``": "<p><code> a ` b </code></p>",
        "# One": "<h1>One</h1>",
        "#hash": "<p>#hash</p>",
        "---": "<hr>",
        "- a\n- b": "<ul><li>a</li><li>b</li></ul>",
        "3. a\n4. b": '<ol start="3"><li>a</li><li>b</li></ol>',
        "- a\n  - b\n- c": "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
        "text\n- a": "<p>text</p><ul><li>a</li></ul>",
        "- a\n\nafter": "<ul><li>a</li></ul><p>after</p>",
        "- a\n\n- b": "<ul><li>a</li><li>b</li></ul>",
        "> q\n> r": "<blockquote><p>q<br>r</p></blockquote>",
        "**open": "<p>**open</p>",
        "a | b": "<p>a | b</p>",
    }
    for text, html in cases.items():
        assert await draw(page, text) == html, text


async def test_a_table_and_a_code_block_are_drawn(page: Page) -> None:
    table = await draw(page, "| a | b |\n|---|:-:|\n| 1 | `2` |")
    assert "<th>a</th><th>b</th>" in table
    assert "<td>1</td><td><code>2</code></td>" in table
    code = await draw(page, "```python\nprint('*no*')\n\n# no\n```\nafter")
    assert "<span>python</span>" in code
    assert "<pre><code>print('*no*')\n\n# no</code></pre>" in code
    assert code.endswith("<p>after</p>")
    assert "<code>still open</code>" in await draw(page, "```\nstill open")


async def test_links_lead_to_the_web_only(page: Page) -> None:
    good = await draw(page, "[x](https://example.org/a_(b)) and https://example.org/c.")
    assert 'href="https://example.org/a_(b)"' in good
    assert 'rel="noopener noreferrer nofollow"' in good
    assert ">https://example.org/c</a>." in good
    for bad in (
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,x)",
        "[x](//evil.example)",
        "[x](/local)",
        "[x](https://)",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
    ):
        assert "<a" not in await draw(page, bad), bad


async def test_html_stays_text(page: Page) -> None:
    for text in (
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "`<b>`",
        "# <svg onload=alert(1)>",
        "```<b>\n<i>\n```",
        '[<img src=x onerror="alert(1)">](https://example.org)',
        '| <b> | x |\n|---|---|\n| <img src=x> | "> |',
        "> <iframe src=x>",
        "- <a href='javascript:alert(1)'>x</a>",
    ):
        html = await draw(page, text)
        for tag in ("<script", "<img", "<b>", "<svg", "<i>", "<iframe", "javascript:alert(1)'>x</a>"):
            assert tag not in html, text


async def test_nasty_text_is_drawn_quickly(page: Page) -> None:
    for unit in (
        "*",
        "**a",
        "_a",
        "`",
        "[",
        "[a](",
        "> ",
        "- ",
        "  - ",
        "|",
        "#",
        "~~a",
        "\\",
        "http://",
        "1. ",
    ):
        for text in (unit * 2000, unit * 20_000, f"{unit}\n" * 2000, f"| a |\n|---|\n{unit * 20_000}"):
            took = await page.evaluate(TIME, text)
            assert took < 2000, (unit, len(text))
