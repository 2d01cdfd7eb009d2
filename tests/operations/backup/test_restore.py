"""A backup of a project that trades, restored elsewhere, has the same numbers to the cent."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from aethermart import wiring
from aethermart.core.entries import Chunk
from aethermart.core.errors import BadInput, Conflict, DiskFull, NotFound
from aethermart.operations.backup import create as creating
from aethermart.operations.backup.create import create_backup
from aethermart.operations.backup.manifest import DamagedBackup, NewerBackup, read_manifest
from aethermart.operations.backup.restore import restore_backup, verify_backup
from aethermart.operations.folder import token
from aethermart.operations.servers import servers_running
from aethermart.operations.store import create_store, fill_store
from aethermart.platform_db.migrate import migrate
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.wiring import Project
from tests.e2e import independent
from tests.operations.backup import trading
from tests.tls import self_signed

pytestmark = pytest.mark.service("postgres")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Its servers run; the archive has a part of the log, the tail the rest."""
    home = tmp_path_factory.mktemp("backup") / "a home"
    home.mkdir()
    (home / "aethermart.toml").write_text(trading.SETTINGS, encoding="utf-8")
    (home / ".env").write_text("SHOP_PASSWORD=opensesame\n", encoding="utf-8")
    project = Project.open(home)
    with servers_running(project):
        create_store(project)
        fill_store(
            project,
            scale=0.01,
            seed=7,
        )
        trading.capture(project)
        trading.archive(project, keep=2)
        yield project
    EmbeddedPostgres(home / "state/postgres").destroy()


@pytest.fixture(scope="module")
def made(project: Project) -> Path:
    return create_backup(project).path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "another home"
    yield home
    EmbeddedPostgres(home / "state/postgres").destroy()


def test_restored_into_another_folder_the_numbers_are_equal_to_the_cent(
    project: Project, made: Path, elsewhere: Path
) -> None:
    told = restore_backup(made, elsewhere)
    restored = Project.open(elsewhere)
    truth, sales = independent.store(project.shop_dsn("corner")), trading.sales_in_mirror(project)
    with servers_running(restored):
        assert independent.store(restored.shop_dsn("corner")) == truth
        assert trading.sales_in_mirror(restored) == sales
        # Capture goes on: the queue's shop is read anew, compare finds nothing new.
        heads = trading.heads(restored)
        trading.capture(restored)
        trading.archive(restored)
        later = trading.heads(restored)
        assert trading.sales_in_mirror(restored) == sales
    assert sales[0] == truth["orders"]
    assert {name: shop.head for name, shop in told.shops.items()} == heads
    assert later["corner"] > heads["corner"]
    assert later["compared"] <= heads["compared"] + 1  # a heartbeat
    assert told.shops["corner"].archived == heads["corner"]
    assert not told.shops["compared"].anew


@pytest.mark.nightly
def test_every_count_and_amount_of_the_lake_is_the_same_after_a_restore(
    project: Project, made: Path, elsewhere: Path
) -> None:
    project.lake_file.unlink(missing_ok=True)
    counted = trading.lake_of(project)
    restore_backup(made, elsewhere)
    trading.share_models(project.home, elsewhere)
    restored = Project.open(elsewhere)
    with servers_running(restored):
        assert trading.lake_of(restored) == counted
        trading.capture(restored)
        trading.archive(restored)
        assert trading.lake_of(restored) == counted
    truth = independent.store(project.shop_dsn("corner"))
    assert [str(amount) for amount in counted["corner"].revenue.values()] == [truth["revenue"]]


def test_only_its_owner_can_read_it_and_secrets_are_in_it_on_request_alone(
    project: Project, made: Path, tmp_path: Path
) -> None:
    assert made.stat().st_mode & 0o777 == 0o600
    assert made.parent == project.home / "backups"
    assert b"opensesame" not in made.read_bytes()
    more = create_backup(project, tmp_path, secrets=True)
    assert more.path.parent == tmp_path
    assert b"opensesame" in more.path.read_bytes()
    assert (more.manifest.secrets, read_manifest(made).secrets) == (True, False)


def test_what_it_leaves_out_can_be_made_again(made: Path) -> None:
    kinds = {"/".join(name.split("/")[:2]) for name in read_manifest(made).files}
    assert kinds == {
        "aethermart.toml",
        "databases/platform.dump",
        "databases/store.dump",
        "state/bronze",
        "state/compare",
        "state/version.json",
    }  # the tail names no chunk: all of them are archived


def test_a_project_that_does_not_run_is_backed_up_too(tmp_path: Path, elsewhere: Path) -> None:
    home = tmp_path / "quiet"
    (home / "state").mkdir(parents=True)
    (home / "aethermart.toml").write_text('[shops.s]\npack="aethermart"\ndsn="embedded"\n')
    try:
        with pytest.raises(NotFound, match="the platform database is empty"):
            create_backup(Project.open(home))
        with servers_running(Project.open(home)):
            pass
        token(Project.open(home))
        made = create_backup(Project.open(home), secrets=True)
        assert made.manifest.shops == {}
        assert not EmbeddedPostgres(home / "state/postgres").running
        restore_backup(made.path, elsewhere)
        secret = elsewhere / "state/secrets/api_token"
        assert secret.read_text() == (home / "state/secrets/api_token").read_text()
        assert [path.stat().st_mode & 0o777 for path in (secret.parent, secret)] == [0o700, 0o600]
    finally:
        EmbeddedPostgres(home / "state/postgres").destroy()


def test_the_certificate_goes_with_it_and_its_key_as_a_secret_alone(
    project: Project, tmp_path: Path
) -> None:
    pair = self_signed(project.home)
    settings = project.home / "aethermart.toml"
    before = settings.read_text("utf-8")
    api = f'[api]\ntls_certificate = "{pair.certificate.name}"\ntls_key = "{pair.key.name}"\n'
    settings.write_text(before + api, encoding="utf-8")
    try:
        for secrets, names in ((False, [pair.certificate]), (True, [pair.certificate, pair.key])):
            made = create_backup(
                Project.open(project.home), tmp_path / f"{secrets}", secrets=secrets
            )
            found = [name for name in made.manifest.files if name.startswith("shop.example")]
            assert found == sorted(path.name for path in reversed(names))
    finally:
        settings.write_text(before, encoding="utf-8")


@pytest.mark.parametrize("at", [0.0, 0.3, 0.6, 0.95])
def test_a_byte_changed_anywhere_is_found_and_nothing_is_left(
    made: Path, elsewhere: Path, tmp_path: Path, at: float
) -> None:
    content = bytearray(made.read_bytes())
    place = int(len(content) * at) + (600 if at == 0.0 else 0)
    while content[place] == 0:  # the padding between two members says nothing
        place += 1
    content[place] ^= 0xFF
    broken = tmp_path / "broken.tar"
    broken.write_bytes(content)
    with pytest.raises(DamagedBackup, match="is damaged or no backup") as caught:
        restore_backup(broken, elsewhere)
    assert "take another backup file" in caught.value.fix
    assert not elsewhere.exists()


def test_one_cut_short_is_damaged(made: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.tar"
    for part in (0.2, 0.7, 0.97):
        content = made.read_bytes()
        short.write_bytes(content[: int(len(content) * part)])
        with pytest.raises(DamagedBackup):
            verify_backup(short)
    verify_backup(made)


def test_a_file_that_is_no_backup_is_said(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ada,")
    with pytest.raises(DamagedBackup, match="it is no tar archive"):
        verify_backup(tmp_path / "letter.txt")
    with pytest.raises(NotFound, match="there is no file"):
        verify_backup(tmp_path / "absent.tar")


def _with_manifest(made: Path, to: Path, **changed: object) -> Path:
    """The manifest alone, rewritten as another release would have."""
    record = {**json.loads(read_manifest(made).to_json()), **changed}
    text = json.dumps(record).encode()
    with tarfile.open(to, "w") as archive:
        digest = hashlib.sha256(text).hexdigest().encode()
        for name, words in (("manifest.json", text), ("manifest.sha256", digest)):
            member = tarfile.TarInfo(name)
            member.size = len(words)
            archive.addfile(member, io.BytesIO(words))
    return to


@pytest.mark.parametrize(
    "changed, why",
    [
        ({"format": 2, "release": "9.0"}, "has format 2, of release 9.0"),
        ({"revision": "9999", "release": "9.0"}, "its database schema 9999 is not known"),
    ],
)
def test_one_of_a_later_release_is_refused_with_the_release_it_needs(
    made: Path, elsewhere: Path, tmp_path: Path, changed: dict[str, object], why: str
) -> None:
    newer = _with_manifest(made, tmp_path / "newer.tar", **changed)
    with pytest.raises(NewerBackup, match=why) as caught:
        restore_backup(newer, elsewhere)
    assert caught.value.fix == "restore it with aethermart 9.0 or newer"
    assert not elsewhere.exists()


def test_a_name_that_leads_out_of_the_folder_is_refused(
    made: Path, elsewhere: Path, tmp_path: Path
) -> None:
    out = {"../../escaped": {"size": 1, "sha256": "0" * 64}}
    bad = _with_manifest(made, tmp_path / "bad.tar", files=out)
    with tarfile.open(bad, "a") as archive:
        member = tarfile.TarInfo("../../escaped")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(DamagedBackup, match="escaped is not in its manifest"):
        restore_backup(bad, elsewhere)
    assert not (tmp_path / "escaped").exists()
    assert not (tmp_path.parent / "escaped").exists()


def test_a_folder_with_anything_in_it_is_left_alone(made: Path, project: Project) -> None:
    before = sorted(path.name for path in project.home.iterdir())
    with pytest.raises(Conflict, match="is not empty: it has") as caught:
        restore_backup(made, project.home)
    assert "name a new folder" in caught.value.fix
    assert sorted(path.name for path in project.home.iterdir()) == before


def test_no_place_is_taken_where_it_would_do_harm(project: Project, made: Path) -> None:
    with pytest.raises(BadInput, match="lies in the state that it is a backup of"):
        create_backup(project, project.state / "mine.tar")
    with pytest.raises(BadInput, match="exists"):
        create_backup(project, made)
    with pytest.raises(BadInput, match="there is no folder"):
        create_backup(project, project.home / "not/there.tar")


def test_a_full_disk_is_told_before_and_leaves_nothing(project: Project, small_disk: Path) -> None:
    with pytest.raises(DiskFull, match=r"the backup takes \d+ MB and .* has \d+ MB free"):
        create_backup(project, small_disk)
    assert list(small_disk.iterdir()) == []
    assert not (project.state / ".backup").exists()


def test_the_newest_of_its_own_folder_are_kept(
    project: Project, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project.home / "backups"
    old = [folder / f"aethermart-2020010{n}T000000.000000Z.tar" for n in range(1, 9)]
    for path in [*old, folder / "mine.tar"]:
        path.touch()
    newest = create_backup(project).path
    left = sorted(path.name for path in folder.iterdir())
    assert left == sorted([*(p.name for p in old[-5:]), made.name, newest.name, "mine.tar"])
    last = json.loads((project.state / creating.LAST).read_text("utf-8"))
    assert last["path"] == str(newest)


def test_a_platform_database_of_ones_own_is_dumped_and_loaded_into_an_empty_one(
    database: str, postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    home, again = tmp_path / "home", tmp_path / "again"
    home.mkdir()
    (home / "aethermart.toml").write_text('[platform]\ndsn = "${PLATFORM}"\n', encoding="utf-8")
    (home / ".env").write_text(f"PLATFORM={database}\n", encoding="utf-8")
    migrate(database)
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO log_heads (shop, last_offset) VALUES ('corner', 7)")
        connection.execute(
            "INSERT INTO log_entries SELECT 'corner', n, 'id' || n, 1, now(), 1,"
            " '{}', '' FROM generate_series(1, 7) AS n"
        )
    made = create_backup(Project.open(home), tmp_path / "a.tar", secrets=True)
    assert not made.manifest.platform_embedded
    with pytest.raises(Conflict, match="has a platform's tables already"):
        restore_backup(made.path, again)
    postgres.create_database("restored_platform")
    (tmp_path / "a.tar").unlink()
    try:
        (home / ".env").write_text(f"PLATFORM={database}\n", encoding="utf-8")
        made = create_backup(Project.open(home), tmp_path / "a.tar")
        with pytest.raises(BadInput, match="the variable PLATFORM is not set"):
            restore_backup(made.path, again)
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("PLATFORM", postgres.dsn("restored_platform"))
            restore_backup(made.path, again)
        with psycopg.connect(postgres.dsn("restored_platform")) as connection:
            count = connection.execute("SELECT count(*), max(log_offset) FROM log_entries")
            assert count.fetchone() == (7, 7)
        assert not (again / "state/postgres").exists()
    finally:
        with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
            connection.execute("DROP DATABASE restored_platform WITH (FORCE)")


def test_what_is_made_while_orders_are_taken_and_captured_has_each_entry_once(
    project: Project, elsewhere: Path, tmp_path: Path
) -> None:
    stop, failures = threading.Event(), []

    def trade() -> None:
        try:
            while not stop.is_set():
                with psycopg.connect(project.shop_dsn("corner")) as connection:
                    connection.execute(
                        "UPDATE reviews SET rating = rating % 5 + 1 WHERE review_id IN"
                        " (SELECT review_id FROM reviews ORDER BY random() LIMIT 3)"
                    )
                trading.capture(project)
                trading.archive(project, keep=1)
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            failures.append(error)

    trader = threading.Thread(target=trade)
    trader.start()
    try:
        made = [create_backup(project, tmp_path / f"{n}.tar") for n in range(3)]
    finally:
        stop.set()
        trader.join()
    assert failures == []
    assert made[2].manifest.shops["corner"].head > made[0].manifest.shops["corner"].head
    restore_backup(made[2].path, elsewhere)
    restored = Project.open(elsewhere)
    with servers_running(restored):
        archived = wiring.archive(restored)
        for shop, told in made[2].manifest.shops.items():
            assert archived.verify(shop) == []
            assert archived.applied(shop) == told.archived
            offsets = [logged.offset for logged in trading.replayed(restored, shop)]
            assert offsets == [*range(1, told.head + 1)]
        trading.capture(restored)
        trading.archive(restored)
        rows = _ratings(restored.shop_dsn("corner"))
        assert _captured_ratings(restored) == rows


def _ratings(dsn: str) -> dict[int, int]:
    with psycopg.connect(dsn) as connection:
        return dict(connection.execute("SELECT review_id, rating FROM reviews").fetchall())


def _captured_ratings(project: Project) -> dict[int, int]:
    """The newest rating of each review, by reading the log alone."""
    found: dict[int, int] = {}
    for logged in trading.replayed(project, "corner"):
        for part in logged.entry.parts:
            if part.table == "reviews":
                chunked = isinstance(part, Chunk)
                rows = wiring.chunk_store(project).read(part) if chunked else part.rows
                ids, ratings = rows["review_id"].to_pylist(), rows["rating"].to_pylist()
                found |= dict(zip(ids, ratings, strict=True))
    return found
