"""The console's pages, which Streamlit runs anew for each visit and each change of a control."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from aethermart.client.client import AetherMartClient
from aethermart.client.tokens import RenewedToken
from aethermart.console import pages, sign_in
from aethermart.console.frame import Frame
from aethermart.console.launch import API_URL, CERTIFICATE, CHARTS_REFRESH_S, REFRESH_S, SIGN_IN
from aethermart.console.reading import read, token_of
from aethermart.console.settings import ACCOUNTS

_HERE = Path(__file__).parent
_TIMEOUT_S = 3.0  # past it a page says that the API does not answer


def _made(url: str, token: str | RenewedToken, timeout_s: float) -> AetherMartClient:
    known = os.environ.get(CERTIFICATE)
    certificate = Path(known) if known else None
    return AetherMartClient(url, token, timeout_s=timeout_s, certificate=certificate)


@st.cache_resource(max_entries=4, show_spinner=False)
def _client(url: str, token: str, timeout_s: float) -> AetherMartClient:
    """One connection pool for all visitors."""
    return _made(url, token, timeout_s)


def _url() -> str:
    return os.environ.get(API_URL, "http://127.0.0.1:8000")


def _connect(timeout_s: float = _TIMEOUT_S) -> AetherMartClient:
    return _client(_url(), token_of(os.environ), timeout_s)


def main() -> None:
    # A file of ours: a named icon or an emoji would be fetched from a server of Google's.
    icon = str(_HERE / "icon.svg")
    st.set_page_config(page_title="AetherMart", page_icon=icon, layout="wide")
    st.html(_HERE / "style.css")
    if os.environ.get(SIGN_IN) == ACCOUNTS:
        _for_an_account()
    else:
        _for_the_token()


def _for_an_account() -> None:
    visitor = sign_in.visitor()
    if visitor is None:
        pages.hold()
        sign_in.show(_url(), _made, timeout_s=_TIMEOUT_S)
        return
    sign_in.keep()
    memory = st.session_state.setdefault("readings", {})
    me = read(memory, "me", lambda: sign_in.client_of(visitor), lambda api: api.auth.me())
    sign_in.renew(visitor, me.value)
    frame = Frame(
        connect=lambda: sign_in.client_of(visitor),
        patient=lambda: sign_in.client_of(visitor, patient=True),
        memory=memory,
        refresh_s=_seconds(REFRESH_S, "1"),
        charts_refresh_s=_seconds(CHARTS_REFRESH_S, "5"),
        permissions=visitor.permissions,
        leave=lambda: sign_in.leave(visitor, expired=True),
    )
    frame.heed(me.problem)
    sign_in.account(visitor)
    pages.run(frame, visitor.role)


def _for_the_token() -> None:
    memory = st.session_state.setdefault("readings", {})
    me = read(memory, "me", _connect, lambda api: api.auth.me()).value
    frame = Frame(
        connect=_connect,
        patient=lambda: _connect(sign_in.PATIENCE_S),
        memory=memory,
        refresh_s=_seconds(REFRESH_S, "1"),
        charts_refresh_s=_seconds(CHARTS_REFRESH_S, "5"),
        permissions=frozenset(me.permissions) if me else None,
    )
    pages.run(frame, me.role if me else None)


def _seconds(name: str, default: str) -> float:
    return float(os.environ.get(name, default))


main()
