"""The client of somebody who logs in: over a real socket, its tokens renewed by itself."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest
from sqlalchemy import Engine, text

from aethermart.api.app import create_app
from aethermart.api.gateway import Gateway
from aethermart.api.server import ApiServer
from aethermart.api.settings import ApiSettings
from aethermart.client.answers.auth import Tokens, User
from aethermart.client.client import AetherMartClient
from aethermart.client.errors import UnexpectedAnswer
from aethermart.client.tokens import RenewedToken
from aethermart.core.errors import (
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from aethermart.identity.roles import Role
from aethermart.identity.settings import IdentitySettings
from aethermart.settings.sections import ApiSection
from tests.api.asking import app_on
from tests.api.fake_platform import three_orders
from tests.identity.made import PASSWORD, Made, email

NEW = "nine loud harbours"
service = pytest.mark.service("postgres")


@pytest.fixture
def made(accounts_engine: Engine) -> Made:
    """Access tokens of 30 s."""
    return Made(accounts_engine, settings=IdentitySettings(access_token_s=30))


@pytest.fixture
def url(made: Made) -> Iterator[str]:
    services = app_on(three_orders(), identity=made.callers, auth=made).state.services
    app = create_app(services, Gateway(ApiSection(trusted_proxies=("127.0.0.1",))))
    server = ApiServer(app, ApiSettings(port=0))
    server.start()
    yield server.url
    server.stop()


@service
def test_every_route_of_the_group_as_values(url: str, made: Made) -> None:
    made.add("Root", Role.ADMIN)
    with AetherMartClient.login(url, email("Root"), PASSWORD) as root:
        ada = root.auth.register(email("Ada"), "Ada", PASSWORD)
        assert (ada.name, ada.role) == ("Ada", "customer")
        assert root.auth.me().role == "admin"
        assert [user.name for user in root.auth.users().users] == ["Ada", "Root"]
        page = root.auth.users(limit=1)
        assert [user.name for user in root.auth.users(page.next_cursor).users] == ["Root"]
        assert root.auth.set_role(ada.id, "product").role == "product"
        made_key = root.auth.make_key("export", ["metrics", "catalogue"], expires_in_days=7)
        assert [key.prefix for key in root.auth.api_keys()] == [made_key.prefix]
        with AetherMartClient(url, made_key.key) as machine:
            assert machine.auth.me().kind == "api_key"
            with pytest.raises(Forbidden):
                machine.auth.api_keys()
        root.auth.end_key(made_key.id)
        other = root.auth.login(email("Root"), PASSWORD)
        assert other.user.name == "Root"
        assert root.auth.refresh(other.refresh_token).user.name == "Root"
        current, elsewhere = sorted(root.auth.sessions(), key=lambda each: not each.current)
        root.auth.end_session(elsewhere.id)
        assert [session.id for session in root.auth.sessions()] == [current.id]
        root.auth.change_password(PASSWORD, NEW)
        for refused, call in (
            (Conflict, lambda: root.auth.register(email("Ada"), "Ada", PASSWORD)),
            (NotFound, lambda: root.auth.end_session("7/../8?x")),
            (Unauthenticated, lambda: root.auth.login(email("Root"), PASSWORD)),
            (BadInput, lambda: root.auth.make_key("export", [])),
        ):
            with pytest.raises(refused):
                call()
        root.auth.logout()
        with pytest.raises(Unauthenticated):
            root.auth.me()


@service
def test_a_wrong_password_makes_no_client(url: str, made: Made) -> None:
    made.add("Ada")
    with pytest.raises(Unauthenticated, match="the e-mail address or the password is wrong"):
        AetherMartClient.login(url, email("Ada"), "not the password")
    for _ in range(4):
        with pytest.raises(Unauthenticated):
            AetherMartClient.login(url, email("Ada"), "not the password")
    with pytest.raises(Unavailable, match="too many failed attempts"):
        AetherMartClient.login(url, email("Ada"), PASSWORD)


@service
def test_a_trusted_program_that_logs_others_in_names_their_address(url: str, made: Made) -> None:
    made.add("Ada")
    with AetherMartClient.login(url, email("Ada"), PASSWORD, address="203.0.113.5") as client:
        [session] = client.auth.sessions()
    assert session.address == "203.0.113.5"


@service
def test_forty_threads_whose_token_is_about_to_expire_renew_it_once(
    url: str, made: Made, accounts_engine: Engine
) -> None:
    made.add("Ada", Role.PRODUCT)
    tokens = made.login("Ada")
    clock = [0.0]
    renewed = RenewedToken(url, tokens, lambda: clock[0])
    with AetherMartClient(url, renewed) as client:
        client.auth.me()
        assert renewed.tokens == tokens
        clock[0] = 24.0  # of 30 s the last fifth begins
        together = Barrier(40)

        def ask(_: int) -> str:
            together.wait()
            return client.auth.me().name

        with ThreadPoolExecutor(40) as pool:
            assert set(pool.map(ask, range(40))) == {"Ada"}
    assert renewed.tokens.refresh_token != tokens.refresh_token
    with accounts_engine.connect() as connection:
        counts = connection.execute(text("SELECT count(*), count(used_at) FROM refresh_tokens"))
        assert tuple(counts.one()) == (2, 1)


@service
def test_a_session_that_was_ended_raises_and_does_not_come_back(url: str, made: Made) -> None:
    ada = made.add("Ada")
    with AetherMartClient.login(url, email("Ada"), PASSWORD) as client:
        made.people.set_disabled(ada.id, True, "tests")
        with pytest.raises(Unauthenticated, match="the session has ended"):
            client.auth.me()
        made.people.set_disabled(ada.id, False, "tests")
        with pytest.raises(Unauthenticated):
            client.auth.me()


def of(number: int) -> Tokens:
    user = User(id="7", email="ada@example.org", name="Ada", role="product")
    return Tokens(access_token=f"a{number}", refresh_token=f"r{number}", expires_in=900, user=user)


class Server:
    """Answers by the token it is sent; `refusals` are answered first."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.issued = 0
        self.refusals: list[httpx.Response] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/auth/refresh"):
            self.seen.append(request.content.decode())
            if self.refusals:
                return self.refusals.pop(0)
            self.issued += 1
            return httpx.Response(200, json=of(self.issued).model_dump())
        self.seen.append(request.headers["authorization"])
        return httpx.Response(200, json={"status": "ok"})


def test_a_token_is_renewed_a_minute_before_its_end_and_the_next_by_the_new_one() -> None:
    server, clock = Server(), [0.0]
    renewed = RenewedToken("http://api", of(0), lambda: clock[0])
    with AetherMartClient("http://api", renewed, transport=httpx.MockTransport(server)) as client:
        for now in (0.0, 839.9, 840.0, 1679.9, 1680.0):
            clock[0] = now
            assert client.ops.healthy()
    assert server.seen == [
        "Bearer a0",
        "Bearer a0",
        '{"refresh_token":"r0"}',
        "Bearer a1",
        "Bearer a1",
        '{"refresh_token":"r1"}',
        "Bearer a2",
    ]


@pytest.mark.parametrize(
    "refusal,error",
    [
        (httpx.Response(401, json={}), UnexpectedAnswer),
        (httpx.Response(503, text="away"), Unavailable),
        (httpx.Response(200, text="<html>"), UnexpectedAnswer),
    ],
    ids=["not ours", "away", "no tokens"],
)
def test_a_renewal_that_fails_is_told_and_tried_again_by_the_next_request(
    refusal: httpx.Response, error: type[Exception]
) -> None:
    server, clock = Server(), [0.0]
    server.refusals.append(refusal)
    renewed = RenewedToken("http://api", of(0), lambda: clock[0])
    clock[0] = 850.0
    with AetherMartClient("http://api", renewed, transport=httpx.MockTransport(server)) as client:
        with pytest.raises(error):
            client.ops.sinks()
        assert client.ops.healthy()
    assert server.seen == ['{"refresh_token":"r0"}', '{"refresh_token":"r0"}', "Bearer a1"]


def test_no_secret_is_in_what_tokens_show_of_themselves() -> None:
    assert "a7" not in repr(of(7))
    assert "r7" not in repr(of(7))
