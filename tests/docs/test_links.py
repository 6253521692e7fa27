"""Links between pages resolve, and the index knows every page."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def anchors(text):
    """The names of a page's headings, as a Markdown page makes links of them."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def broken(page, text):
    """Relative links of a page that lead nowhere."""
    found = []
    for link in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf8"))):
            found.append(link)
    return found


def test_links_resolve(page):
    assert broken(page, page.read_text("utf8")) == []


def test_the_index_leads_to_every_page():
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in LINK.findall(index.read_text("utf8"))}
    pages = {p for p in (ROOT / "docs").rglob("*.md") if p != index}
    assert sorted(str(p.relative_to(ROOT)) for p in pages - linked) == []


def test_broken_links_are_caught(tmp_path):
    (tmp_path / "there.md").write_text("# A Head, line\n")
    text = "[a](there.md#a-head-line) [b](there.md#tail) [c](gone.md) [d](https://x.org/y) ```\n[e](f.md)\n```"
    assert broken(tmp_path / "page.md", text) == ["there.md#tail", "gone.md"]
