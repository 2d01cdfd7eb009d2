"""The site of `make site` opens from a disk in a real browser that has no network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.services import chromium_path
from tools import site

# The pages are built in 20 s: nightly, and before a release.
pytestmark = [pytest.mark.service("chromium"), pytest.mark.nightly]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site") / "the site"
    site.build(made)
    return made


@pytest.fixture(scope="module")
def visited(folder: Path) -> Iterator[tuple[object, list[str]]]:
    """A page of a browser, and every address it asks that is no file."""
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        context = browser.new_context(offline=True)
        page = context.new_page()
        page.on("request", lambda r: asked.append(r.url) if _from_elsewhere(r.url) else None)
        yield page, asked
        browser.close()


def _from_elsewhere(url: str) -> bool:
    return urlsplit(url).scheme not in ("file", "data", "blob", "about")


def test_every_page_of_the_docs_is_there_and_links_to_what_is_there(folder: Path) -> None:
    names = {page.relative_to(folder).as_posix() for page in folder.rglob("*.html")}
    written = {page.with_suffix(".html").name for page in (site.ROOT / "docs").glob("*.md")}
    assert {"index.html", "changelog.html", "models/index.html", *written} <= names
    for page in folder.glob("*.html"):
        links = re.findall(r'(?:href|src)="([^"#:]+)(?:#[^"]*)?"', page.read_text(encoding="utf-8"))
        assert links
        # The page of an unknown address does not know where it will be shown.
        folders = page.parent if page.name != "404.html" else Path("/")
        missing = [
            link
            for link in links
            if not (
                folder / link.lstrip("/") if link[0] == "/" else folders / unquote(link)
            ).exists()
        ]
        assert missing == [], page.name


def test_a_file_of_the_tree_that_a_page_names_can_be_opened(folder: Path) -> None:
    assert 'href="files/examples/analytics.ipynb"' in (folder / "publishing.html").read_text()
    copy = folder / "files/examples/analytics.ipynb"
    assert copy.read_bytes() == (site.ROOT / "examples/analytics.ipynb").read_bytes()


def test_the_pages_and_the_models_open_without_a_network(
    folder: Path,
    visited: tuple[object, list[str]],
) -> None:
    page, asked = visited
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("link", name="How to").first.click()
    page.get_by_role("link", name="Read the lake from elsewhere").first.click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Publishing")
    page.goto((folder / "models-site.html").as_uri())
    page.get_by_role("link", name="Open dbt's page").click()
    page.get_by_text("The models of this project").first.wait_for()
    assert asked == []


def test_a_models_columns_descriptions_and_lineage_can_be_seen(
    folder: Path, visited: tuple[object, list[str]]
) -> None:
    page, asked = visited
    page.goto((folder / "models/index.html").as_uri() + "#!/model/model.aethermart.v_fct_sales")
    page.get_by_role("heading", name="v_fct_sales").first.wait_for()
    text = page.inner_text("body")
    assert "Order lines sold and lines refunded." in text
    assert "ordered_on" in text
    assert "decimal(18,2)" in text
    page.get_by_title("View Lineage Graph").click()
    canvas = page.locator("canvas").first
    canvas.wait_for()
    assert canvas.bounding_box()["width"] > 200
    assert asked == []
