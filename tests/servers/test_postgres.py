"""EmbeddedPostgres over real servers; as root, everything is run a second time as `nobody`."""

from __future__ import annotations

import os
import pwd
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from aethermart.core.errors import BadInput, Conflict, NotFound, Terminal, Unavailable
from aethermart.servers import binaries, places, processes
from aethermart.servers.launch import ServerFailed
from aethermart.servers.places import Place, find_place, make_place
from aethermart.servers.postgres import EmbeddedPostgres
from tests.services import skip_or_fail

pytestmark = pytest.mark.service("postgres")

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root has these rules")
as_user = pytest.mark.skipif(ROOT, reason="only an ordinary user has these rules")


@pytest.fixture(scope="module", autouse=True)
def roots_base() -> Iterator[Path]:
    """Root's base folder, apart from the one that servers of this machine may use meanwhile."""
    base = Path(tempfile.mkdtemp(prefix="aethermart-roots-base-"))
    base.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "ROOTS_BASE", base / "base")
        yield base / "base"
    shutil.rmtree(base)


@pytest.fixture
def own_base(monkeypatch: pytest.MonkeyPatch, roots_base: Path) -> Path:
    """One that no other test's server uses."""
    base = roots_base.with_name("own")
    monkeypatch.setattr(places, "ROOTS_BASE", base)
    return base


def folder_in(home: Path) -> Path:
    """A path with spaces and characters that a shell would read, in a home closed to others."""
    home /= "a home of $mine, \"quoted\" & 'closed'"
    home.mkdir(mode=0o700)
    return home / "state" / "postgres"


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_in(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def running(shared_folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(shared_folder)
    server.start()
    yield server
    server.destroy()


@pytest.fixture
def shared(running: EmbeddedPostgres) -> EmbeddedPostgres:
    """A running server for tests that leave it usable."""
    running.start()
    return running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_in(tmp_path)


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server for the test alone."""
    server = EmbeddedPostgres(folder)
    server.start()
    yield server
    server.destroy()


def place_of(folder: Path) -> Place:
    place = find_place(folder)
    assert place is not None
    return place


def postmaster_pid(folder: Path) -> int:
    pid = processes.recorded_pid(place_of(folder).cluster)
    assert pid is not None
    return pid


def remember(server: EmbeddedPostgres, word: str) -> None:
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("DROP TABLE IF EXISTS words; CREATE TABLE words (word text)")
        connection.execute("INSERT INTO words VALUES (%s)", [word])


def remembered(server: EmbeddedPostgres) -> list[str]:
    with psycopg.connect(server.dsn()) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM words ORDER BY word")]


def test_runs_with_the_settings_that_capture_needs(shared: EmbeddedPostgres) -> None:
    expected = {
        "wal_level": "logical",
        "track_commit_timestamp": "on",
        "shared_buffers": "64MB",
        "max_connections": "100",
        "TimeZone": "UTC",
        "unix_socket_directories": "",
        "listen_addresses": "127.0.0.1",
        "server_encoding": "UTF8",
        "password_encryption": "scram-sha-256",
    }
    with psycopg.connect(shared.dsn()) as connection:
        shown = {
            name: connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            for name in expected
        }
    assert {name: row and row[0] for name, row in shown.items()} == expected
    assert shared.running


def test_a_wrong_password_is_refused(shared: EmbeddedPostgres) -> None:
    user, _, rest = shared.dsn().removeprefix("postgresql://").partition(":")
    address = rest.partition("@")[2]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://{user}:guess@{address}")


def test_the_password_is_the_owners_alone(shared: EmbeddedPostgres, shared_folder: Path) -> None:
    file = shared_folder / "password"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_uid == os.geteuid()
    assert len(file.read_text()) >= 32


def test_a_closed_home_stays_closed(shared: EmbeddedPostgres, shared_folder: Path) -> None:
    assert stat.S_IMODE(shared_folder.parent.parent.stat().st_mode) == 0o700


def test_data_outlive_a_stop(shared: EmbeddedPostgres) -> None:
    remember(shared, "kept")
    before = shared.dsn()
    shared.stop()
    shared.stop()
    assert not shared.running
    shared.start()
    assert remembered(shared) == ["kept"]
    assert shared.dsn() == before  # the port too is remembered


def test_a_stop_ends_every_backend_at_once(shared: EmbeddedPostgres, shared_folder: Path) -> None:
    cluster = place_of(shared_folder).cluster
    with psycopg.connect(shared.dsn()) as busy, ThreadPoolExecutor(1) as pool:
        sleeping = pool.submit(busy.execute, "SELECT pg_sleep(60)")
        time.sleep(0.2)
        started = time.monotonic()
        shared.stop()
        assert time.monotonic() - started < 5
        with pytest.raises(psycopg.OperationalError):
            sleeping.result()
    assert processes.servers(cluster) == []


def test_a_live_server_is_adopted_by_another_object(
    shared: EmbeddedPostgres, shared_folder: Path
) -> None:
    pid = postmaster_pid(shared_folder)
    other = EmbeddedPostgres(shared_folder)
    other.start()
    assert postmaster_pid(shared_folder) == pid
    assert other.dsn("store") == shared.dsn("store")


def test_two_starts_at_once_give_one_server(folder: Path) -> None:
    servers = [EmbeddedPostgres(folder) for _ in range(4)]
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(EmbeddedPostgres.start, servers))
        masters = [
            p
            for p in processes.servers(place_of(folder).cluster)
            if "-D" in p.cmdline()  # backends have a title instead of a command line
        ]
        assert [p.pid for p in masters] == [postmaster_pid(folder)]
    finally:
        servers[0].destroy()


def test_starts_again_after_a_kill(shared: EmbeddedPostgres, shared_folder: Path) -> None:
    remember(shared, "committed before the kill")
    with psycopg.connect(shared.dsn()) as orphan, ThreadPoolExecutor(1) as pool:
        # A backend that computes does not notice its postmaster's death and holds the memory.
        busy = pool.submit(orphan.execute, "SELECT count(*) FROM generate_series(1, 1e12)")
        time.sleep(0.2)
        os.kill(postmaster_pid(shared_folder), signal.SIGKILL)
        shared.start()
        with pytest.raises(psycopg.OperationalError):
            busy.result()
    assert remembered(shared) == ["committed before the kill"]
    assert shared.running


def test_starts_again_when_the_whole_server_was_killed(
    shared: EmbeddedPostgres, shared_folder: Path
) -> None:
    remember(shared, "kept")
    for process in processes.servers(place_of(shared_folder).cluster):
        with suppress(psutil.NoSuchProcess):  # the others go by themselves once one was killed
            process.kill()
    shared.start()
    assert remembered(shared) == ["kept"]


def test_a_stale_pid_that_is_someone_elses_is_spared(
    shared: EmbeddedPostgres, shared_folder: Path
) -> None:
    remember(shared, "kept")
    cluster = place_of(shared_folder).cluster
    pid_file = (cluster / "postmaster.pid").read_text()
    shared.stop()
    # The same user's process: PostgreSQL alone would refuse to start beside it.
    innocent = subprocess.Popen(
        ["sleep", "600"], user=cluster.stat().st_uid if ROOT else None, cwd="/"
    )
    try:
        lines = [str(innocent.pid), *pid_file.splitlines()[1:]]
        (cluster / "postmaster.pid").write_text("\n".join(lines) + "\n")
        assert not shared.running
        shared.stop()
        shared.start()
        assert innocent.poll() is None
        assert remembered(shared) == ["kept"]
    finally:
        innocent.kill()
        innocent.wait()


def test_another_port_when_its_own_is_taken(shared: EmbeddedPostgres) -> None:
    remember(shared, "kept")
    before = shared.dsn()
    port = psycopg.conninfo.conninfo_to_dict(before)["port"]
    shared.stop()
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", int(str(port))))
        stranger.listen()
        assert not shared.running
        shared.start()
    assert shared.dsn() != before
    assert remembered(shared) == ["kept"]


def test_a_database_is_made_once(shared: EmbeddedPostgres) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(shared.create_database, ['the "store"'] * 4))
    with psycopg.connect(shared.dsn('the "store"')) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ('the "store"',)


def test_destroy_leaves_nothing(folder: Path, own_base: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    cluster = place_of(folder).cluster
    pid = postmaster_pid(folder)
    server.destroy()
    assert not folder.exists()
    assert not cluster.parent.exists() or cluster.parent == folder
    assert not own_base.exists()
    assert processes.servers(cluster) == []
    assert not processes.alive(pid)
    server.destroy()
    server.stop()
    assert not folder.exists()


def test_destroy_spares_files_of_others(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    (folder / "notes.txt").write_text("mine")
    server.destroy()
    assert [p.name for p in folder.iterdir()] == ["notes.txt"]


def test_begins_anew_after_destroy(server: EmbeddedPostgres) -> None:
    server.destroy()
    server.start()
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT to_regclass('words')").fetchone() == (None,)


def test_an_interrupted_initdb_is_done_again(folder: Path) -> None:
    folder.mkdir(parents=True)
    half = make_place(folder).draft
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(folder)
    server.start()
    assert server.running
    assert not half.exists()
    server.destroy()


def test_before_the_first_start_there_is_no_dsn(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    assert not server.running
    with pytest.raises(Unavailable, match="no PostgreSQL server was started"):
        server.dsn()
    assert not folder.exists()


def test_a_lost_password_is_said(server: EmbeddedPostgres, folder: Path) -> None:
    server.stop()
    (folder / "password").unlink()
    with pytest.raises(ServerFailed, match=r"password.* is gone"):
        server.start()


def test_a_cluster_of_another_release_is_refused(server: EmbeddedPostgres, folder: Path) -> None:
    server.stop()
    (place_of(folder).cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(ServerFailed, match="made by PostgreSQL 16, installed is 18"):
        server.start()


def test_a_failed_start_shows_the_servers_log(server: EmbeddedPostgres, folder: Path) -> None:
    server.stop()
    with (place_of(folder).cluster / "postgresql.conf").open("a") as conf:
        conf.write("no_such_setting = 1\n")
    with pytest.raises(ServerFailed, match='unrecognized configuration parameter "no_such_set'):
        server.start()


def test_a_file_size_limit_fails_the_making_cleanly(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    find_place(folder)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    if ROOT:  # the binaries' copy is larger than the limit below: made beforehand
        places.binaries_of(Place(folder, places.Account(65534, 65534)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limits[1]))
    try:
        with pytest.raises(ServerFailed, match="initdb failed"):
            server.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    server.start()  # nothing half-made is in the way
    assert server.running
    server.destroy()


@as_root
def test_a_full_disk_is_said(folder: Path, own_base: Path) -> None:
    own_base.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=45m,mode=755", "tmpfs", str(own_base)], check=False
    )
    if mounted.returncode != 0:
        skip_or_fail("mount", "a file system of limited size cannot be mounted")
    try:
        server = EmbeddedPostgres(folder)
        with pytest.raises(ServerFailed, match="No space left on device"):
            server.start()
        server.destroy()
    finally:
        subprocess.run(["umount", str(own_base)], check=True)


@as_user
def test_a_folder_it_may_not_write_is_said(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(ServerFailed, match="Permission denied"):
        EmbeddedPostgres(tmp_path / "closed" / "postgres").start()


@as_user
def test_the_data_of_an_ordinary_user_lie_in_the_folder(
    shared: EmbeddedPostgres, shared_folder: Path, roots_base: Path
) -> None:
    assert (shared_folder / "cluster" / "PG_VERSION").exists()
    assert not roots_base.exists()


@as_root
def test_root_runs_it_as_an_unprivileged_user(
    shared: EmbeddedPostgres, shared_folder: Path, roots_base: Path
) -> None:
    assert psutil.Process(postmaster_pid(shared_folder)).username() == "nobody"
    assert (
        psutil.Process(postmaster_pid(shared_folder)).gids().real == pwd.getpwnam("nobody").pw_gid
    )
    assert place_of(shared_folder).folder.parent == roots_base
    assert stat.S_IMODE(place_of(shared_folder).folder.stat().st_mode) == 0o700


@as_root
def test_root_needs_an_unprivileged_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AETHERMART_POSTGRES_USER", "root")
    with pytest.raises(BadInput, match="'root' is no unprivileged user"):
        EmbeddedPostgres(folder).start()
    monkeypatch.setenv("AETHERMART_POSTGRES_USER", "no-such-user")
    with pytest.raises(BadInput, match="'no-such-user' is no unprivileged user"):
        EmbeddedPostgres(folder).start()


@as_root
def test_the_copied_binaries_stay_while_a_cluster_uses_them(
    shared: EmbeddedPostgres, tmp_path: Path, roots_base: Path
) -> None:
    other = EmbeddedPostgres(tmp_path / "other")
    other.start()
    other.destroy()
    assert any(path.name.startswith("binaries-") for path in roots_base.iterdir())
    assert shared.running


@as_root
def test_a_moved_folder_keeps_its_data(
    server: EmbeddedPostgres, folder: Path, tmp_path: Path
) -> None:
    remember(server, "kept")
    server.stop()
    folder.rename(tmp_path / "elsewhere")
    moved = EmbeddedPostgres(tmp_path / "elsewhere")
    moved.start()
    assert remembered(moved) == ["kept"]
    moved.destroy()


@as_root
def test_a_copied_folder_is_refused(server: EmbeddedPostgres, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    with pytest.raises(Conflict, match="is a copy of"):
        EmbeddedPostgres(tmp_path / "copy").start()
    assert server.running


@as_root
def test_data_that_are_gone_are_not_silently_begun_anew(
    server: EmbeddedPostgres, folder: Path
) -> None:
    server.stop()
    shutil.rmtree(place_of(folder).folder)
    with pytest.raises(NotFound, match="which is gone"):
        server.start()


@as_root
def test_a_removed_folders_cluster_goes_with_the_next_start(
    server: EmbeddedPostgres, folder: Path
) -> None:
    remember(server, "of the removed project")
    orphan = postmaster_pid(folder)
    shutil.rmtree(folder)
    server.start()
    assert not processes.alive(orphan)
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT to_regclass('words')").fetchone() == (None,)


@as_root
def test_root_runs_a_users_cluster_as_that_user(folder: Path, own_base: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    home = own_base.parent / "home"
    folder = home / "postgres"
    folder.mkdir(parents=True)
    EmbeddedPostgres(folder).start()  # made as root, then laid out as an ordinary user has it
    EmbeddedPostgres(folder).stop()
    place_of(folder).cluster.rename(folder / "cluster")
    (folder / "location").unlink()
    for path in (home, folder):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    server = EmbeddedPostgres(folder)
    server.start()
    assert psutil.Process(postmaster_pid(folder)).username() == "nobody"
    server.destroy()
    assert not folder.exists()


def test_without_the_wheel_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Terminal, match=r"aethermart\[embedded\]"):
        binaries.find_binaries()


@pytest.mark.nightly
@as_root
def test_all_of_this_holds_for_an_unprivileged_user() -> None:
    """This file again, run by `nobody` in a folder of its own."""
    nobody = pwd.getpwnam("nobody")
    as_nobody = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}"]
    as_nobody += ["--clear-groups", sys.executable]
    if subprocess.run([*as_nobody, "-c", "import pytest"], check=False).returncode != 0:
        skip_or_fail("nobody", f"{sys.executable} is closed to unprivileged users")
    with tempfile.TemporaryDirectory() as name:
        os.chown(name, nobody.pw_uid, nobody.pw_gid)
        command = [*as_nobody, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, f"--basetemp={name}/tests", __file__],
            cwd=Path(__file__).parents[2],
            env={"HOME": name, "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
