"""MkDocs' hooks: pages that stand outside docs/, links to files of the tree, dbt's lineage."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from aethermart.packs.load import load_shipped, shipped_packs
from aethermart.packs.pack import Shop
from aethermart.warehouse.documentation import write_documentation
from tools.generated import ROOT

OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}
LINEAGE = "models-site.md"
_LINEAGE_PAGE = """# Models and their lineage

<a href="models/index.html">Open dbt's page of the models of the shipped packs</a>: every model,
its columns, tests and the graph of what is made from what.
"""
_LINK = re.compile(r"(?<=\]\()(?P<path>[^)\s#:]+)(?P<rest>#[^)\s]*)?(?=\))")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for name, page in OUTSIDE.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=_moved(text, ROOT, files, config)))
    files.append(File.generated(config, LINEAGE, content=_LINEAGE_PAGE))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    if page.file.src_uri in {*OUTSIDE.values(), LINEAGE}:
        return markdown  # done when it was brought in
    return _moved(markdown, ROOT / "docs", files, config)


def on_post_build(config: MkDocsConfig) -> None:
    shops = [Shop(name, load_shipped(name)) for name in shipped_packs()]
    with tempfile.TemporaryDirectory() as logs:
        write_documentation(shops, Path(config.site_dir) / "models", Path(logs))


def _moved(markdown: str, folder: Path, files: Files, config: MkDocsConfig) -> str:
    """The text with its links as they are from docs/; other files it links to join the site."""

    def lead(found: re.Match[str]) -> str:
        target = (folder / found["path"]).resolve()
        if not target.is_relative_to(ROOT) or not target.exists():
            return found[0]
        return _address(target, files, config) + (found["rest"] or "")

    return _LINK.sub(lead, markdown)


def _address(target: Path, files: Files, config: MkDocsConfig) -> str:
    inside = target.relative_to(ROOT).as_posix()
    if inside in OUTSIDE:
        return OUTSIDE[inside]
    if target.is_relative_to(ROOT / "docs"):
        return target.relative_to(ROOT / "docs").as_posix()
    first = f"files/{inside}"
    for file in sorted(target.iterdir()) if target.is_dir() else [target]:
        address = f"files/{file.relative_to(ROOT).as_posix()}"
        # As text: MkDocs would make pages of Markdown, and a browser shows text as it is.
        address += ".txt" if file.suffix == ".md" else ""
        if file.is_file() and files.get_file_from_path(address) is None:
            files.append(File.generated(config, address, content=file.read_bytes()))
        first = address if file == target or first.endswith(inside) else first
    return first
