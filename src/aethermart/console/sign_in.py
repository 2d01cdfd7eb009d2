"""Log in with an e-mail and a password, stay through a reload, log out.

The API's tokens are in no page, no address and no browser's store: they stay in this process, and
the browser holds the cookie of `sessions`. A page that is asked for before the log-in is shown
after it, since the log-in stands at the page's own address.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from aethermart.client.answers.auth import Me
from aethermart.client.client import AetherMartClient
from aethermart.client.tokens import RenewedToken
from aethermart.console import tiles
from aethermart.console.sessions import COOKIE, TICKET, SignedIn, sessions
from aethermart.core.errors import AetherMartError, Unauthenticated, Unavailable

_STATE = "signed_in"
_ENDED = "log_in_ended"
_NEW = "log_in_ticket"
_BACK = "log_in_choices"  # of the page that was left, as its address had them
_NO_TOKEN = "none"  # noqa: S105 - a client needs one, and to log in none is asked for
Make = Callable[[str, str | RenewedToken, float], AetherMartClient]
PATIENCE_S = 60.0  # what a query or the first lineage may take


def visitor() -> SignedIn | None:
    """Who looks, if anybody has signed in from this browser."""
    known: SignedIn | None = st.session_state.get(_STATE)
    if known is None:
        known = sessions().find(st.context.cookies.get(COOKIE))
    if known is not None and known.ended:
        st.session_state.setdefault(_ENDED, "You have signed out in another tab.")
        known = None
    st.session_state[_STATE] = known
    return known


def show(api_url: str, make: Make, *, timeout_s: float) -> None:
    """The log-in, at whatever page's address.

    make  a client of (address, token, timeout_s)
    """
    _, middle, _ = st.columns([1, 1.4, 1])
    with middle, st.container(key="card-sign-in"):
        st.html(tiles.page_title("Sign in", "With your account of this platform"))
        notice = st.empty()
        if ended := st.session_state.get(_ENDED):
            notice.html(tiles.notice("info", "Please sign in again", ended))
        with st.form("sign-in", border=False, enter_to_submit=True):
            email = st.text_input("E-mail", autocomplete="username", key="sign-in-email")
            password = st.text_input(
                "Password", type="password", autocomplete="current-password", key="sign-in-password"
            )
            sent = st.form_submit_button("Sign in", type="primary", width="stretch")
        if not sent:
            return
        if not email.strip() or not password:
            notice.html(tiles.notice("error", "Sign-in needs both", "Write e-mail and password."))
            return
        try:
            found = _log_in(api_url, make, email.strip(), password, timeout_s)
        except AetherMartError as problem:
            notice.html(_refusal(problem))
            return
    st.session_state[_STATE] = found
    st.session_state[_NEW] = sessions().ticket(found)
    st.session_state.pop(_ENDED, None)
    for name, value in st.session_state.pop(_BACK, {}).items():
        st.query_params[name] = value
    st.rerun()


def client_of(signed_in: SignedIn, *, patient: bool = False) -> AetherMartClient:
    """Raises Unauthenticated once the log-in has ended, in whichever tab."""
    if signed_in.ended:
        raise Unauthenticated("you have signed out", fix="sign in again")
    return signed_in.patient if patient else signed_in.client


def renew(signed_in: SignedIn, me: Me | None) -> None:
    """What the API says of the visitor now: a role may have changed since the log-in."""
    if me is not None:
        signed_in.role, signed_in.permissions = me.role, frozenset(me.permissions)


def _log_in(api_url: str, make: Make, email: str, password: str, timeout_s: float) -> SignedIn:
    with make(api_url, _NO_TOKEN, PATIENCE_S) as nobody:
        tokens = nobody.auth.login(email, password, st.context.ip_address)
    renewed = RenewedToken(api_url, tokens)
    client = make(api_url, renewed, timeout_s)
    patient = make(api_url, renewed, PATIENCE_S)
    me = client.auth.me()
    permissions = frozenset(me.permissions)
    return SignedIn(client, patient, me.email or email, me.name, me.role, permissions)


def keep() -> None:
    """After a log-in, until it has: have the browser fetch the cookie that outlives a reload."""
    ticket = st.session_state.get(_NEW)
    if ticket and sessions().awaits(ticket):
        headers = json.dumps({TICKET: ticket})
        st.html(
            f'<script>fetch("/session", {{method: "POST", headers: {headers}}})</script>',
            unsafe_allow_javascript=True,
        )


def account(signed_in: SignedIn) -> None:
    """Who is signed in, and the way out."""
    with (
        st.container(key="account", horizontal=True, horizontal_alignment="right"),
        st.popover(signed_in.name, icon=":material/account_circle:", type="tertiary"),
    ):
        st.html(tiles.facts([("Account", signed_in.email), ("Role", signed_in.role)]))
        if st.button("Sign out", key="sign-out", width="stretch"):
            leave(signed_in, expired=False)
            st.rerun()


def leave(signed_in: SignedIn, *, expired: bool) -> None:
    """End the log-in in every tab of this browser, here and in the API.

    expired  it ended by itself: the page says so
    """
    sessions().end(signed_in)
    if not expired:
        # It ends here whatever the API answers; a session that is not used ends there too.
        with suppress(AetherMartError):
            signed_in.client.auth.logout()
    choices = st.query_params.to_dict()
    st.session_state.clear()  # whoever signs in next here finds nothing of this one
    if expired:
        st.session_state[_BACK] = choices  # Streamlit drops those whose fields are not drawn
    st.session_state[_ENDED] = (
        "Your log-in has expired, or was ended elsewhere. This page comes back after it."
        if expired
        else "You have signed out."
    )


def _refusal(problem: AetherMartError) -> str:
    away = isinstance(problem, Unavailable)  # it does not answer, or after too many failures
    title = "Sign-in is not possible now" if away else "Sign-in was refused"
    return tiles.problem_notice(problem, title=title)
