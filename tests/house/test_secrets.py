"""No key, token or password stands in a tracked file; the scanner is proven on planted ones."""

from __future__ import annotations

import random
import string
import subprocess
from pathlib import Path

import pytest

from tools.secret_scan import bits, main, scan

pytestmark = pytest.mark.promise("58", "130")

ROOT = Path(__file__).resolve().parents[2]

# What only looks like one: words made up for tests.
ALLOWED = {
    ("tests/api/fake_platform.py", "all-of-it-0123456789"),
    ("tests/api/fake_auth.py", "of-the-answer"),
    ("tests/api/fake_auth.py", "amr_of-the-answer"),
    ("tests/api/test_auth_routes.py", "password1234"),
    ("tests/identity/made.py", "project-0123456789"),
}


def test_no_tracked_file_holds_a_secret() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("needs a git checkout")
    finds = [
        find
        for name in filter(None, listed.stdout.decode().split("\0"))
        if (ROOT / name).is_file()
        for find in scan(name, (ROOT / name).read_bytes())
    ]
    assert [str(find) for find in finds if (find.place, find.value) not in ALLOWED] == []
    assert {(find.place, find.value) for find in finds} == ALLOWED, "a word is allowed for nothing"


def drawn(alphabet: str, length: int) -> str:
    """Random text, the same each time; not in this file, which is scanned, too."""
    return "".join(random.Random(20).choices(alphabet, k=length))


LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits
PASSWORD = drawn(LETTERS, 16)
PLANTED = {
    "private key": "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
    "bare private key": "-----BEGIN " + "PRIVATE KEY-----",
    "AWS key": "id = AKIA" + drawn(LETTERS[:26], 16),
    "GitHub token": "git clone https://ghp_" + drawn(LETTERS, 36) + "@example.org",
    "fine GitHub token": "github_pat_" + drawn(LETTERS, 82),
    "Slack token": "xoxb-" + drawn(LETTERS, 24),
    "Google key": "AIza" + drawn(LETTERS, 35),
    "signed token": f"eyJ{drawn(LETTERS, 30)}.eyJ{drawn(LETTERS, 40)}.{drawn(LETTERS, 43)}",
    "password in Python": f'password = "{PASSWORD}"',
    "password of a longer name": f"MARIA_DB_PASS: '{PASSWORD}'",
    "password in JSON": f'{{"db_password": "{PASSWORD}"}}',
    "token of a typed name": f'api_token: str = "{PASSWORD}"',
    "password in an address": f"dsn = postgresql://ada:{PASSWORD}@db/shop",
    "secret access key alone": f'x = "{drawn(LETTERS + "/+", 40)}"',
}


@pytest.mark.parametrize("line", PLANTED.values(), ids=PLANTED)
def test_a_planted_secret_is_found_where_it_stands_and_not_repeated(line: str) -> None:
    finds = [*scan("a.py", f"# a shop\n{line}\n".encode())]
    assert finds
    assert {(find.place, find.line) for find in finds} == {("a.py", 2)}
    assert all(find.value not in str(find) for find in finds)


def test_a_secret_by_its_form_is_found_in_a_binary_file_too() -> None:
    content = b"\0\1\2" + PLANTED["AWS key"].encode() + b"\0"
    assert [find.why for find in scan("a.bin", content)] == ["AWS key"]


@pytest.mark.parametrize(
    "line",
    [
        'dsn = "postgresql://reader:${CORNER_PASSWORD}@db.example.org/shop"',
        "postgresql://user:password@host:port/database",
        'password = "correct horse battery staple"',
        'TOKEN_FILE = "AETHERMART_API_TOKEN_FILE"',
        "--hash=sha256:" + drawn("0123456789abcdef", 64),
        'secret = f"{secrets.token_urlsafe(32)}"',
        'password_file = "/run/secrets/db_password"',
    ],
)
def test_what_only_looks_like_one_is_left_alone(line: str) -> None:
    assert [str(find) for find in scan("a.py", line.encode())] == []


def test_entropy_is_in_bits_a_character() -> None:
    assert (bits(""), bits("aaaa"), bits("abab"), bits("abcd")) == (0.0, 0.0, 1.0, 2.0)


def test_the_command_ends_with_1_where_it_finds_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sound.py").write_text("x = 1\n")
    (tmp_path / "leak.py").write_text(PLANTED["password in Python"])
    assert main([str(tmp_path / "sound.py")]) == 0
    assert main([str(tmp_path / "leak.py"), str(tmp_path / "sound.py")]) == 1
    assert PASSWORD not in capsys.readouterr().out
