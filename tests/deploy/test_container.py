"""The image's definition and the compose file: sound in form, and their commands run here.

No container engine is asked: what the lines name is there, and what they run is run.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from aethermart import __version__
from aethermart.api.server import ApiServer
from aethermart.api.settings import ApiSettings
from aethermart.cli.main import main
from tests.api.asking import app_on
from tests.api.fake_platform import three_orders
from tests.services import free_port

ROOT = Path(__file__).resolve().parents[2]
CONTAINER = ROOT / "deploy" / "container"


def instructions() -> list[tuple[str, str]]:
    """Instruction and its text, continued lines joined."""
    text = (CONTAINER / "Containerfile").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^#.*\n", "", text).replace("\\\n", " ")
    return [
        (line.split(None, 1)[0], re.sub(r"\s+", " ", line.split(None, 1)[1]))
        for line in text.splitlines()
        if line.strip()
    ]


def of(kind: str) -> list[str]:
    return [text for name, text in instructions() if name == kind]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    return found[max(n for n, (name, _) in enumerate(found) if name == "FROM") :]


def test_the_base_is_pinned_and_each_stage_begins_with_it() -> None:
    (base,) = of("ARG")
    assert re.fullmatch(
        r"BASE=docker\.io/library/python:3\.\d+\.\d+-slim-\w+(@sha256:\w{64})?", base
    )
    assert of("FROM") == ["${BASE} AS build", "${BASE} AS run"]


def test_it_runs_as_a_user_with_no_rights_and_a_number() -> None:
    stage = last_stage()
    names = [name for name, _ in stage]
    assert ("USER", "aethermart") in stage
    assert names.index("USER") < names.index("ENTRYPOINT")
    made = next(text for name, text in stage if name == "RUN")
    assert "--uid 10001" in made
    assert "nologin" in made


def test_nothing_secret_and_nothing_unneeded_goes_into_it() -> None:
    assert not [
        text for text in of("ENV") + of("ARG") if re.search("pass|secret|token", text, re.I)
    ]
    assert of("ADD") == []
    copied = [word for text in of("COPY") if "--from" not in text for word in text.split()[:-1]]
    assert copied == [
        "requirements.lock",
        "tools/runtime_lock.py",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "src",
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split("\n")
    assert [name for name in copied if f"!{name}" not in ignored] == []


def test_packages_come_from_the_lock_with_their_hashes() -> None:
    installs = [text for text in of("RUN") if "pip install" in text]
    assert "--require-hashes --no-deps -r runtime.lock" in installs[0]
    assert all("--no-cache-dir" in text and "--no-deps" in text for text in installs)


def needed_by(package: str, extras: frozenset[str], seen: set[tuple[str, str]]) -> set[str]:
    """Names of what an installed package asks for on this machine, and what those ask for."""
    names = {canonicalize_name(package)}
    for text in requires(package) or []:
        wanted = Requirement(text)
        for extra in extras | {""}:
            at = (wanted.name, extra)
            if at in seen or (wanted.marker and not wanted.marker.evaluate({"extra": extra})):
                continue
            seen.add(at)
            names |= needed_by(wanted.name, frozenset(wanted.extras), seen)
    return names


def test_the_image_gets_all_that_is_needed_to_run_and_nothing_of_the_tests(tmp_path: Path) -> None:
    (command,) = [text for text in of("RUN") if "runtime_lock" in text]
    for name in ("requirements.lock", "tools/runtime_lock.py"):
        (tmp_path / Path(name).name).symlink_to(ROOT / name)
    subprocess.run(
        ["sh", "-c", command.replace("python ", f'"{sys.executable}" ', 1)],
        cwd=tmp_path,
        check=True,
    )
    lock = (tmp_path / "runtime.lock").read_text(encoding="utf-8")
    locked = {canonicalize_name(n) for n in re.findall(r"(?m)^([\w.-]+)==", lock)}
    extras = frozenset({"embedded", "mysql", "warehouse", "console", "simulate"})
    assert needed_by("aethermart", extras, set()) - locked == {"aethermart"}
    assert {"hatchling", "numpy", "duckdb"} <= locked
    assert locked & {"pytest", "mypy", "ruff", "playwright", "ipykernel", "metricflow"} == set()
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=\w)", lock)[1:])


def test_the_package_installs_as_the_image_does_it_and_answers(tmp_path: Path) -> None:
    """The image's second installation, into a folder: of what is copied, and nothing else."""
    for name in ("pyproject.toml", "README.md", "LICENSE", "src"):
        (tmp_path / name).symlink_to(ROOT / name)
    install = next(text for text in of("RUN") if text.endswith("--no-build-isolation ."))
    words = shlex.split(install)[1:]
    target = tmp_path / "made"
    done = subprocess.run(
        [sys.executable, "-m", "pip", *words[:-1], "--quiet", "--target", str(target), "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = subprocess.run(
        [sys.executable, "-m", "aethermart", "--version"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout == f"aethermart, version {__version__}\n"
    assert (target / "aethermart/warehouse/dbt/dbt_project.yml").is_file()
    assert (target / "aethermart/platform_db/migrations/versions/0001_spine.py").is_file()


@pytest.fixture
def project(tmp_path: Path) -> tuple[Path, int]:
    port = free_port()
    (tmp_path / "aethermart.toml").write_text(f"[api]\nport = {port}\n", encoding="utf-8")
    return tmp_path, port


def healthcheck() -> list[str]:
    (text,) = of("HEALTHCHECK")
    words: list[str] = json.loads(text.partition(" CMD ")[2])
    return words


def test_the_health_check_is_sound_while_the_api_answers_and_not_otherwise(
    project: tuple[Path, int],
) -> None:
    home, port = project
    program, *words = healthcheck()
    assert program == "aethermart"
    asked = [*words, "--home", str(home)]
    assert CliRunner().invoke(main, asked).exit_code == 75
    server = ApiServer(app_on(three_orders()), ApiSettings(port=port))
    server.start()
    try:
        assert CliRunner().invoke(main, asked).exit_code == 0
    finally:
        server.stop()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CONTAINER / "compose.yaml").read_text("utf-8"))
    return found


def test_each_service_is_locked_in_and_published_to_this_machine_alone(
    compose: dict[str, Any],
) -> None:
    for service in compose["services"].values():
        assert service["image"] == f"aethermart:{__version__}"
        assert service["read_only"]
        assert service["init"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert [p for p in service["ports"] if not p.startswith("127.0.0.1:")] == []
        assert "privileged" not in service


def test_what_it_names_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    build = services["aethermart"]["build"]
    assert (CONTAINER / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    for service in services.values():
        volumes = {volume.split(":")[0] for volume in service["volumes"]}
        assert volumes <= compose["volumes"].keys()
        for name in service["secrets"]:
            assert service["environment"][f"{name.upper()}_FILE"] == f"/run/secrets/{name}"
            assert name in compose["secrets"]
        command = CliRunner().invoke(main, [service["command"][0], "--help"])
        assert command.exit_code == 0
        assert all(
            word in command.output for word in service["command"][1:] if word.startswith("--")
        )
    assert services["aethermart"]["healthcheck"]["test"] == ["CMD", *healthcheck()]
    assert services["console"]["volumes"] == ["project:/project:ro"]
