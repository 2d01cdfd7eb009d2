"""Write the project's pages as a site: `make site` fills build/site.

Every page of docs/, the readme and the changelog, and dbt's page of the models of the shipped
packs. No page asks the network for anything. Search needs a web server, as browsers run no worker
from a disk: `python -m http.server -d build/site`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from mkdocs.commands.build import build as build_site
from mkdocs.config import load_config

from tools.generated import ROOT


def build(out: Path) -> None:
    """Replace the folder by the site. Raises mkdocs' Abort where a link or page is amiss."""
    config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(out))
    build_site(config)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the project's pages as a site.")
    parser.add_argument("--out", type=Path, default=ROOT / "build/site")
    out = parser.parse_args().out
    build(out)
    print(f"open {out / 'index.html'}")


if __name__ == "__main__":
    main()
