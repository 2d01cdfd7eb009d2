"""Write the project's pages as a site of plain files: `make site` fills build/site.

Every page of docs/, the readme and the changelog become HTML with one list of pages at the side,
and models.html is dbt's page of the models of the shipped packs. No page asks the network for
anything, so the folder can be opened from a disk or served by any web server.
"""

from __future__ import annotations

import argparse
import html
import itertools
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from aethermart.packs.load import load_shipped, shipped_packs
from aethermart.packs.pack import Shop
from aethermart.warehouse.documentation import write_documentation
from tools.generated import ROOT

MODELS = "models/index.html"
_FIRST = ("README.md", "docs/architecture.md", "docs/where-things-live.md", "CHANGELOG.md")
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --accent: #2a6f6b }
body { margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 1fr); font: 16px/1.55 \
system-ui, sans-serif }
nav { padding: 1.5rem 1rem; border-right: 1px solid var(--line); position: sticky; top: 0; \
height: 100vh; overflow: auto; box-sizing: border-box }
nav a { display: block; padding: .15rem 0; color: inherit; text-decoration: none }
nav a[aria-current] { font-weight: 600; color: var(--accent) }
main { padding: 1rem 2.5rem 4rem; max-width: 62rem }
pre, code { font: 14px/1.45 ui-monospace, monospace }
pre { overflow: auto; padding: .8rem 1rem; border: 1px solid var(--line); border-radius: 6px }
table { border-collapse: collapse; display: block; overflow: auto }
td, th { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left; \
vertical-align: top }
img { max-width: 100% }
@media (max-width: 50rem) { body { display: block } nav { position: static; height: auto } }
""".replace("\\\n", "")
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>{style}</style></head>
<body><nav>{links}</nav><main>{body}</main></body></html>
"""


def pages(root: Path = ROOT) -> list[Path]:
    """What becomes a page, in the order of the list."""
    first = [root / name for name in _FIRST if (root / name).is_file()]
    return [*first, *(page for page in sorted((root / "docs").glob("*.md")) if page not in first)]


def build(out: Path, root: Path = ROOT) -> None:
    """Replace the folder by the site; files that pages link to are copied beside them."""
    shutil.rmtree(out, ignore_errors=True)
    found = pages(root)
    titles = {page: _title(page) for page in found}
    for page in found:
        target = out / _address(page, root)
        target.parent.mkdir(parents=True, exist_ok=True)
        body, used = _body(page, set(found), root)
        links = _links(page, titles, root)
        text = _PAGE.format(title=html.escape(titles[page]), style=_STYLE, links=links, body=body)
        target.write_text(text, encoding="utf-8")
        for file in used:
            copy = out / file.relative_to(root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
    with tempfile.TemporaryDirectory() as logs:
        shops = [Shop(name, load_shipped(name)) for name in shipped_packs()]
        write_documentation(shops, (out / MODELS).parent, Path(logs))


def _address(page: Path, root: Path) -> str:
    name = page.relative_to(root).with_suffix(".html").as_posix()
    return "index.html" if name == "README.html" else name


def _title(page: Path) -> str:
    found = re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else page.stem


def _links(page: Path, titles: dict[Path, str], root: Path) -> str:
    up = "../" * _address(page, root).count("/")
    listed = [
        f'<a href="{up}{_address(other, root)}"{" aria-current=page" if other == page else ""}>'
        f"{html.escape(title)}</a>"
        for other, title in titles.items()
    ]
    return "".join([*listed, f'<a href="{up}{MODELS}">Models and their lineage</a>'])


def _body(page: Path, known: set[Path], root: Path) -> tuple[str, set[Path]]:
    """The page's HTML, and the files of the tree that it links to or shows."""
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = markdown.parse(page.read_text(encoding="utf-8"))
    _name_headings(tokens)
    used: set[Path] = set()
    for token in tokens:
        for part in token.children or ():
            name = {"link_open": "href", "image": "src"}.get(part.type)
            if name is None:
                continue
            link = str(part.attrs[name])
            part.attrs[name] = _leads_to(link, page, known, root)
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.is_relative_to(root) and target not in known:
                found = target.iterdir() if target.is_dir() else (target,)
                used.update(file for file in found if file.is_file())
    return str(markdown.renderer.render(tokens, markdown.options, {})), used


def _name_headings(tokens: Sequence[Token]) -> None:
    """A name for each heading, as links within Markdown call it."""
    for opening, words in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            kept = re.sub(r"[^\w\- ]", "", words.content.lower())
            opening.attrs["id"] = kept.replace(" ", "-")


def _leads_to(link: str, page: Path, known: set[Path], root: Path) -> str:
    """A link to a page of ours as one to its HTML; to another file, as one to its copy."""
    path, mark, heading = link.partition("#")
    target = (page.parent / path).resolve()
    if not path or re.match(r"[a-z]+:", path) or not target.is_relative_to(root):
        return link
    address = _address(target, root) if target in known else target.relative_to(root).as_posix()
    return f"{'../' * _address(page, root).count('/')}{address}{mark}{heading}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the project's pages as a site.")
    parser.add_argument("--out", type=Path, default=ROOT / "build/site")
    out = parser.parse_args().out
    build(out)
    print(f"open {out / 'index.html'}")


if __name__ == "__main__":
    main()
