from __future__ import annotations

from pathlib import Path

import pytest

from aethermart.core.errors import BadInput
from aethermart.operations.configuration import shown_settings
from aethermart.operations.folder import DEMO_SETTINGS
from aethermart.settings.reading import read_settings
from aethermart.settings.sections import Settings


def _write(folder: Path, text: str) -> Path:
    (folder / "aethermart.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_demos_settings_are_valid(tmp_path: Path) -> None:
    settings = read_settings(_write(tmp_path, DEMO_SETTINGS), {})
    assert list(settings.shops) == ["aethermart", "online_retail"]
    assert settings.shops["aethermart"].dsn == "embedded"
    assert settings.shops["aethermart"].primary
    assert settings.shops["online_retail"].file == "shipped"


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert read_settings(_write(tmp_path, ""), {}) == Settings()


def test_a_variable_comes_from_the_environment_before_the_dotenv_file(tmp_path: Path) -> None:
    _write(tmp_path, '[shops.a]\npack = "p"\ndsn = "postgresql://u:${PASS}@h/${BASE}"\n')
    (tmp_path / ".env").write_text("# secrets\nPASS='from file'\nBASE=shop\n", encoding="utf-8")
    assert read_settings(tmp_path, {}).shops["a"].dsn == "postgresql://u:from file@h/shop"
    assert read_settings(tmp_path, {"PASS": "x"}).shops["a"].dsn == "postgresql://u:x@h/shop"


def test_a_secret_does_not_show_in_the_settings_text(tmp_path: Path) -> None:
    _write(tmp_path, '[shops.a]\npack = "p"\ndsn = "postgresql://u:s3cret@h/b"\n')
    assert "s3cret" not in repr(read_settings(tmp_path, {}))


@pytest.mark.parametrize(
    "text, cause",
    [
        ("[api\n", "is not TOML"),
        ("[apis]\n", "'apis' is not a setting"),
        ('[api]\nport = "80"\n', r"\[api.port\]: '80' is not of type int"),
        ("[api]\nport = true\n", r"\[api.port\]: True is not of type int"),
        ("api = 3\n", r"\[api\]: 3 is not a table"),
        ('[shops.a]\ndsn = "x"\n', r"\[shops.a\]: 'pack' is missing"),
        ('[shops.a]\npack = "p"\n', "a shop has a dsn or a file"),
        ('[shops.a]\npack = "p"\ndsn = "x"\nfile = "y"\n', "a shop has a dsn or a file"),
        ('[shops.A]\npack = "p"\ndsn = "x"\n', "'A' is not a shop's name"),
        ('[shops.a__b]\npack = "p"\ndsn = "x"\n', "'a__b' is not a shop's name"),
        (
            (
                '[shops.a]\npack = "p"\ndsn = "x"\nprimary = true\n'
                '[shops.b]\npack = "p"\ndsn = "x"\nprimary = true\n'
            ),
            "a and b are both primary",
        ),
        ('[shops.a]\npack = "p"\ndsn = "${NOPE}"\n', "the variable NOPE is not set"),
        ("[api]\nport = 70000\n", r"\[api.port\]: 70000 is not a port"),
        ("[console]\nport = 0\n", r"\[console.port\]: 0 is not a port"),
        ('[console]\nsign_in = "face"\n', r"\[console.sign_in\]: 'face' is not a way to sign in"),
        (
            '[console]\nhost = "0.0.0.0"\nsign_in = "token"\n',
            r"\[console.host\]: '0.0.0.0' is reached from other machines",
        ),
        ('[publish]\ncompression = "zip"\n', r"\[publish.compression\]: 'zip' is not a compres"),
        ("[publish]\nevery_s = -1\n", r"\[publish.every_s\]: -1 is less than 0"),
        ("[publish]\nkept_publications = 0\n", r"\[publish.kept_publications\]: 0 is less than 1"),
        ("[api]\nport = 8501\n", r"\[api\] and \[console\] both have port 8501"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str, cause: str) -> None:
    with pytest.raises(BadInput, match=cause):
        read_settings(_write(tmp_path, text), {})


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "aethermart.toml").write_bytes("# für\n".encode("latin-1"))
    with pytest.raises(BadInput, match="is not UTF-8"):
        read_settings(tmp_path, {})


def test_a_folder_without_settings_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a project folder") as caught:
        read_settings(tmp_path, {})
    assert "aethermart init DIR" in caught.value.fix


@pytest.mark.parametrize(
    "line,cause",
    [
        ("timeout_s = 0", "[api] timeout_s: 0 is less than 0.1"),
        ("max_body_kb = 0", "[api] max_body_kb: 0 is less than 1"),
        ("user_rate = -1", "[api] user_rate: -1 is less than 0"),
        ('trusted_proxies = ["proxy"]', "[api] trusted_proxies: 'proxy' is no address"),
        ('cors_origins = ["*"]', "[api] cors_origins: '*' is no origin"),
        ('cors_origins = ["https://a.example/x"]', "'https://a.example/x' is no origin"),
        ('cors_origins = "https://a.example"', "'https://a.example' is not a list"),
        ("cors_origins = [3]", "3 is not of type str"),
    ],
)
def test_an_unusable_setting_of_the_api_is_quoted(tmp_path: Path, line: str, cause: str) -> None:
    (tmp_path / "aethermart.toml").write_text(f"[api]\n{line}\n", encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        read_settings(tmp_path, {})
    assert cause in refused.value.cause


def test_lists_of_the_api_are_read_as_written(tmp_path: Path) -> None:
    text = '[api]\ncors_origins = ["https://a.example", "http://[::1]:3000"]\n'
    (tmp_path / "aethermart.toml").write_text(text, encoding="utf-8")
    api = read_settings(tmp_path, {}).api
    assert api.cors_origins == ("https://a.example", "http://[::1]:3000")
    assert api.trusted_proxies == ()


@pytest.fixture
def with_secret(tmp_path: Path) -> Path:
    """Settings that name a password, and the file it is in."""
    _write(tmp_path, '[shops.a]\npack = "p"\ndsn = "postgresql://${DB_USER}:${DB_PASS}@h/b"\n')
    (tmp_path / "db_pass").write_text("opensesame\n", encoding="utf-8")
    return tmp_path


@pytest.mark.promise("58")
def test_a_secret_may_be_in_a_file_that_a_variable_names(with_secret: Path) -> None:
    named = {"DB_USER": "ada", "DB_PASS_FILE": str(with_secret / "db_pass")}
    assert read_settings(with_secret, named).shops["a"].dsn == "postgresql://ada:opensesame@h/b"
    (with_secret / ".env").write_text("DB_USER=ada\nDB_PASS_FILE=db_pass\n", encoding="utf-8")
    assert read_settings(with_secret, {}).shops["a"].dsn == "postgresql://ada:opensesame@h/b"


def test_the_secret_in_the_file_is_shown_by_its_variable_alone(with_secret: Path) -> None:
    (with_secret / ".env").write_text("DB_USER=ada\nDB_PASS_FILE=db_pass\n", encoding="utf-8")
    shown = {setting.name: setting for setting in shown_settings(with_secret)}
    assert "opensesame" not in str(shown)
    assert shown["shops.a.dsn"].source == "aethermart.toml, .env DB_USER, .env DB_PASS_FILE"


@pytest.mark.parametrize(
    "content, named, cause",
    [
        (None, {}, "DB_PASS_FILE names gone, which cannot be read: No such file"),
        ("", {}, "is not one line"),
        ("a\nb\n", {}, "is not one line"),
        ("a", {"DB_PASS": "b"}, "both DB_PASS and DB_PASS_FILE are set"),
    ],
)
def test_a_secrets_file_that_cannot_be_used_is_said(
    with_secret: Path, content: str | None, named: dict[str, str], cause: str
) -> None:
    if content is not None:
        (with_secret / "gone").write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=cause):
        read_settings(with_secret, {"DB_USER": "ada", "DB_PASS_FILE": "gone", **named})


@pytest.mark.parametrize("text", ["[logs]\nlongest_mb = 0\n", "[logs]\nkept = -1\n"])
def test_limits_of_logs_that_cannot_be_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match=r"\[logs\.\w+\]: -?\d is less than"):
        read_settings(_write(tmp_path, text), {})
