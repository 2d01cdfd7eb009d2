"""The secrets that the platform needs to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from aethermart import wiring
from aethermart.core.errors import BadInput
from aethermart.identity.settings import IdentitySettings
from aethermart.identity.start import signing_keys
from aethermart.wiring import Project
from tests.identity.made import KEY, OLD_KEY

pytestmark = pytest.mark.promise("58")


def project(home: Path, text: str) -> Project:
    (home / "aethermart.toml").write_text(
        f'[platform]\ndsn = "postgresql://nobody@127.0.0.1:1/none"\n{text}', encoding="utf-8"
    )
    return Project.open(home)


def test_in_dev_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made_in = tmp_path / "secrets" / "signing_key"
    first, old = signing_keys(IdentitySettings(), "dev", made_in)
    assert (len(first), old) == (64, ())
    assert signing_keys(IdentitySettings(), "dev", made_in) == (first, ())
    assert made_in.stat().st_mode & 0o777 == 0o600
    assert made_in.parent.stat().st_mode & 0o777 == 0o700


def test_in_production_a_missing_key_stops_the_start_and_none_is_made(tmp_path: Path) -> None:
    production = project(tmp_path, 'environment = "production"\n')
    with pytest.raises(BadInput, match=r"\[identity.signing_key\] is missing") as caught:
        wiring.identity(production)
    assert "AETHERMART_SIGNING_KEY" in caught.value.fix
    assert not (tmp_path / "state").exists()


def test_a_key_that_dev_made_is_not_taken_in_production(tmp_path: Path) -> None:
    made_in = tmp_path / "signing_key"
    signing_keys(IdentitySettings(), "dev", made_in)
    with pytest.raises(BadInput, match="is missing"):
        signing_keys(IdentitySettings(), "production", made_in)


@pytest.mark.parametrize("environment", ["dev", "production"])
@pytest.mark.parametrize("name", ["signing_key", "old_signing_keys"])
def test_a_weak_key_stops_the_start_and_is_not_quoted(
    tmp_path: Path, environment: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEAK", "hunter2-hunter2")
    other = f'signing_key = "{KEY}"\n' if name == "old_signing_keys" else ""
    value = '"${WEAK}"' if name == "signing_key" else '["${WEAK}"]'
    weak = project(
        tmp_path, f'environment = "{environment}"\n[identity]\n{other}{name} = {value}\n'
    )
    with pytest.raises(BadInput, match=rf"\[identity.{name}\]: the key has 15 char") as caught:
        wiring.identity(weak)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(weak)


def test_keys_come_from_the_environment_and_old_ones_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW", KEY)
    monkeypatch.setenv("OLD", OLD_KEY)
    settings = project(
        tmp_path,
        'environment = "production"\n[identity]\nsigning_key = "${NEW}"\n'
        f'old_signing_keys = ["${{OLD}}", "{OLD_KEY}2"]\n',
    ).settings
    found = signing_keys(settings.identity, "production", tmp_path / "none")
    assert found == (KEY, (OLD_KEY, f"{OLD_KEY}2"))


@pytest.mark.parametrize(
    "password,refused",
    [("postgres", True), ("Passw0rd2024", True), ("app", True), ("xxkqzvwjmbth", False)],
)
def test_in_production_the_platform_database_has_no_password_of_installations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str, refused: bool
) -> None:
    monkeypatch.setenv("SECRET", password)
    text = (
        '[platform]\nenvironment = "{}"\ndsn = "postgresql://app:${{SECRET}}@127.0.0.1:1/none"\n'
        f'[identity]\nsigning_key = "{KEY}"\n'
    )
    file = tmp_path / "aethermart.toml"
    file.write_text(text.format("dev"), encoding="utf-8")
    wiring.identity(Project.open(tmp_path))
    file.write_text(text.format("production"), encoding="utf-8")
    if not refused:
        wiring.identity(Project.open(tmp_path))
        return
    with pytest.raises(BadInput, match=r"\[platform.dsn\]: its password is one that") as caught:
        wiring.identity(Project.open(tmp_path))
    assert password not in str(caught.value).replace("[platform.dsn]", "")


@pytest.mark.parametrize(
    "text,fault",
    [
        ('environment = "staging"', "'staging' is not an environment"),
        ('[identity]\nregistration = "maybe"', "'maybe' is not a way to register"),
        ("[identity]\npassword_length = 7", "7 is not from 8 to 64"),
        ("[identity]\naccess_token_s = 86400", "86400 is not from 30 to 3600"),
        ("[identity]\nsession_days = 0", "0 is not from 1 to 365"),
    ],
)
def test_a_setting_that_would_weaken_identity_is_refused(
    tmp_path: Path, text: str, fault: str
) -> None:
    with pytest.raises(BadInput, match=fault):
        project(tmp_path, text)
