"""`store reset`: five steps that can each fail and be taken up again; foreign databases stay."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from aethermart.cli.main import main
from aethermart.core.errors import AetherMartError, BadInput, Conflict, NotFound, Unavailable
from aethermart.core.files import only_one
from aethermart.operations.store import create_store, generate_orders
from aethermart.operations.store_reset import STEPS, StepDone, reset_store, would_remove
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.store.connect import connect
from aethermart.store.orders import OrderLine, OrderRequest, place_order
from aethermart.store.session import StoreSession
from aethermart.wiring import Project
from tests.mariadb import MariadbServer

pytestmark = pytest.mark.service("postgres")

# Where a step may break: after its work, before it is noted as done.
BREAKS = (
    "reset.dropping",
    "reset.torn_down",
    "reset.made",
    "reset.filled",
    "reset.secured",
    "reset.migrated",
)

# What does not depend on where the store lies.
ON_ONE = pytest.mark.parametrize("store_address", ["postgres"], indirect=True)


@pytest.fixture(scope="module")
def platform(postgres: EmbeddedPostgres) -> str:
    postgres.create_database("reset_platform")
    return postgres.dsn("reset_platform")


@pytest.fixture
def project(store_address: str, platform: str, tmp_path: Path) -> Project:
    return project_of(tmp_path / "home", store_address, platform)


def project_of(home: Path, store: str, platform: str) -> Project:
    home.mkdir()
    (home / "aethermart.toml").write_text(
        f'[platform]\ndsn = "{platform}"\n'
        f'[shops.mine]\npack = "aethermart"\ndsn = "{store}"\nprimary = true\n'
        '[shops.other]\npack = "online_retail"\nfile = "shipped"\n',
        encoding="utf-8",
    )
    project = Project.open(home)
    project.state.mkdir()
    return project


@pytest.fixture
def store(project: Project) -> Iterator[StoreSession]:
    """With 200 orders, the last by hand."""
    create_store(project)
    generate_orders(project, scale=0.02, seed=1)
    with closing(connect(project.shop_dsn("mine"))) as session:
        place_order(session, OrderRequest(1, 1, "web", (OrderLine(1, 1),)))
        yield session


def count(session: StoreSession, table: str) -> int:
    return int(session.rows(f"SELECT count(*) FROM {table}")[0][0])


def reset(project: Project, told: Callable[[object], None] = lambda _: None) -> list[str]:
    return [each.step for each in reset_store(project, scale=0.01, seed=2, told=told)]


@pytest.mark.promise("50", "153")
def test_after_the_five_steps_the_store_is_a_new_one(project: Project, store: StoreSession) -> None:
    told: list[object] = []
    assert count(store, "orders") == 201
    assert reset(project, told.append) == [*STEPS]
    assert len(told) == 5
    assert count(store, "orders") == 100
    # Its numbers begin anew, and it takes orders.
    placed = place_order(store, OrderRequest(1, 1, "web", (OrderLine(1, 1),)))
    assert placed.order_id == 101


@pytest.mark.promise("52", "153")
def test_after_a_fault_in_each_step_it_goes_on_with_that_step(
    project: Project, store: StoreSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []
    for broken in BREAKS:

        def fail(point: str, broken: str = broken) -> None:
            if point == broken:
                raise Unavailable(f"broken at {point}", fix="try again")

        for module in ("aethermart.operations.store_reset", "aethermart.store.teardown"):
            monkeypatch.setattr(f"{module}.reached", fail)
        with pytest.raises(Unavailable, match=broken):
            reset(project, done.append)
    monkeypatch.undo()
    # Each call ended the step in which the one before it broke, and no step was told twice.
    assert [each.step for each in done if isinstance(each, StepDone)] == [*STEPS[:-1]]
    assert reset(project) == [STEPS[-1]]
    assert count(store, "orders") == 100
    assert count(store, "products") == 30
    assert not (project.state / "store_reset.json").exists()


def test_without_yes_it_tells_and_removes_nothing(project: Project, store: StoreSession) -> None:
    command = ["store", "reset", "--home", str(project.home)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2
    assert "mine (" in done.stdout
    assert [line.split() for line in done.stdout.splitlines() if "order_items" in line] == [
        ["order_items", f"{count(store, 'order_items'):,}"]
    ]
    assert "nothing was removed" in done.stderr
    assert count(store, "orders") == 201


@ON_ONE
def test_as_json_each_step_stands_by_its_name(project: Project, store: StoreSession) -> None:
    command = ["store", "reset", "--home", str(project.home), "--yes", "--scale", "0.01", "--json"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout.splitlines()[-1])
    assert [each["step"] for each in report["steps"]] == [*STEPS]
    assert report["steps"][2]["did"].startswith("100 orders, ")
    assert count(store, "orders") == 100


@pytest.mark.promise("50")
def test_a_database_that_we_did_not_make_is_refused_and_stays(project: Project) -> None:
    with closing(connect(project.shop_dsn("mine"))) as session:
        session.execute("CREATE TABLE customers (name varchar(20))")
        session.execute("INSERT INTO customers VALUES ('Ada')")
        for attempt in (reset, would_remove, create_store):
            with pytest.raises(Conflict, match=r"mine \(.* not a store that we made.*customers"):
                attempt(project)
        assert session.rows("SELECT name FROM customers") == [("Ada",)]
        assert session.tables() == {"customers"}


@pytest.mark.nightly
def test_somebody_elses_table_beside_ours_stays(project: Project, store: StoreSession) -> None:
    store.execute("CREATE TABLE my_notes (note varchar(20))")
    store.execute("INSERT INTO my_notes VALUES ('mine')")
    assert reset(project) == [*STEPS]
    assert store.rows("SELECT note FROM my_notes") == [("mine",)]


@pytest.mark.nightly
def test_a_table_that_refers_to_ours_stops_it_by_its_name(
    project: Project, store: StoreSession
) -> None:
    store.execute(
        "CREATE TABLE gifts (order_id bigint NOT NULL,"
        " CONSTRAINT gifts_order FOREIGN KEY (order_id) REFERENCES orders (order_id))"
    )
    with pytest.raises(Conflict, match="table orders cannot be removed"):
        reset(project)
    store.execute("DROP TABLE gifts")
    assert reset(project) == [*STEPS]


@ON_ONE
def test_a_shop_that_is_only_read_is_refused(project: Project, store: StoreSession) -> None:
    with pytest.raises(BadInput, match="shop other is not primary"):
        reset_store(project, scale=0.01, seed=2, told=lambda _: None, shop="other")
    with pytest.raises(NotFound, match="no shop 'third'"):
        reset_store(project, scale=0.01, seed=2, told=lambda _: None, shop="third")
    assert count(store, "orders") == 201


@ON_ONE
def test_while_serve_runs_it_is_refused(project: Project, store: StoreSession) -> None:
    with (
        only_one(project.state / "serve.lock", "`aethermart serve`"),
        pytest.raises(Conflict, match="`aethermart serve` runs already"),
    ):
        reset(project)
    assert count(store, "orders") == 201


@pytest.mark.nightly
def test_of_two_at_once_from_two_projects_one_is_refused(
    project: Project,
    store: StoreSession,
    platform: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aethermart.store.postgres.session.ALONE_WAIT_S", 0.3)
    monkeypatch.setattr("aethermart.store.mariadb.session.ALONE_WAIT_S", 1)
    other = project_of(tmp_path / "another", project.shop_dsn("mine"), platform)
    refused: list[str] = []

    def meanwhile(_: object) -> None:
        def second() -> None:
            try:
                reset(other)
            except Conflict as error:
                refused.append(error.cause)

        if not refused:
            thread = threading.Thread(target=second)
            thread.start()
            thread.join()

    assert reset(project, meanwhile) == [*STEPS]
    assert refused == ["somebody else does store reset on this store"]
    assert count(store, "orders") == 100


@ON_ONE
def test_what_was_begun_on_another_database_is_not_ended_on_this_one(
    project: Project, store: StoreSession
) -> None:
    begun = {"database": "mine (elsewhere)", "scale": 1.0, "seed": 2, "done": ["teardown"]}
    (project.state / "store_reset.json").write_text(json.dumps(begun), encoding="utf-8")
    with pytest.raises(Conflict, match=r"a reset of mine \(elsewhere\) has not ended"):
        reset(project)
    assert count(store, "orders") == 201


@pytest.mark.nightly  # three schemas of MariaDB are made in it
@pytest.mark.service("mariadb")
def test_accounts_are_made_by_who_may_and_their_passwords_are_kept(
    mariadb: MariadbServer, platform: str, tmp_path: Path
) -> None:
    database = mariadb.new_database()
    address = mariadb.store_dsn(database, may_create_users=True)
    project = project_of(tmp_path / "home", address, platform)
    create_store(project)
    for _ in range(2):  # made, and made anew
        assert reset(project) == [*STEPS]
        file = project.state / "secrets" / "store_accounts"
        assert file.stat().st_mode & 0o777 == 0o600
        password = json.loads(file.read_text(encoding="utf-8"))["app"]
        with closing(connect(mariadb.dsn(database, f"{database}_app", password))) as app:
            placed = place_order(app, OrderRequest(1, 1, "web", (OrderLine(1, 1),)))
            assert placed.order_id == 101
            with pytest.raises(AetherMartError, match="denied"):
                app.execute("DELETE FROM orders")


@pytest.mark.nightly
@pytest.mark.service("mariadb")
def test_who_may_not_create_accounts_is_told(
    mariadb: MariadbServer, platform: str, tmp_path: Path
) -> None:
    address = mariadb.store_dsn(mariadb.new_database())
    project = project_of(tmp_path / "home", address, platform)
    create_store(project)
    done = reset_store(project, scale=0.01, seed=2, told=lambda _: None)
    assert [each.step for each in done] == [*STEPS]
    assert done[3].did.startswith("no accounts made: o_")
    assert done[3].did.endswith(" may not create users here")
