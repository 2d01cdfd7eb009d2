"""/auth: one's account, log-ins and keys; other people's accounts for an administrator."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from aethermart.client.answers.auth import (
    ApiKey,
    ApiKeyList,
    Me,
    NewApiKey,
    Session,
    SessionList,
    Tokens,
    User,
    UserInfo,
    UserPage,
)
from aethermart.client.http import Http


class AuthClient:
    def __init__(self, http: Http) -> None:
        self._http = http

    def register(self, email: str, name: str, password: str) -> User:
        """Raises Forbidden where nobody may register, Conflict for an address that has one."""
        body = {"email": email, "name": name, "password": password}
        return self._http.post("/auth/register", User, body)

    def login(self, email: str, password: str, address: str | None = None) -> Tokens:
        """A new session's tokens, for the caller to keep: this client goes on with its own."""
        return log_in(self._http, email, password, address)

    def refresh(self, refresh_token: str) -> Tokens:
        """The next tokens of a session that the caller keeps; each refresh token is sent once."""
        return self._http.post("/auth/refresh", Tokens, {"refresh_token": refresh_token})

    def logout(self) -> None:
        """End the session that this client speaks for."""
        self._http.do("POST", "/auth/logout")

    def me(self) -> Me:
        return self._http.get("/auth/me", Me)

    def change_password(self, current: str, new: str) -> None:
        """All other sessions of the account end."""
        body = {"current_password": current, "new_password": new}
        self._http.do("PATCH", "/auth/me/password", body)

    def sessions(self) -> tuple[Session, ...]:
        return self._http.get("/auth/sessions", SessionList).sessions

    def end_session(self, session_id: str) -> None:
        self._http.do("DELETE", f"/auth/sessions/{_part(session_id)}")

    def users(self, cursor: str | None = None, limit: int | None = None) -> UserPage:
        asked = {"cursor": cursor, "limit": None if limit is None else str(limit)}
        return self._http.get("/auth/users", UserPage, asked)

    def set_role(self, user_id: str, role: str) -> UserInfo:
        answer = self._http.send("PATCH", f"/auth/users/{_part(user_id)}/role", body={"role": role})
        return self._http.read(answer, UserInfo)

    def make_key(self, name: str, scopes: Sequence[str], expires_in_days: int = 90) -> NewApiKey:
        """The answer alone holds the key itself."""
        body = {"name": name, "scopes": list(scopes), "expires_in_days": expires_in_days}
        return self._http.post("/auth/keys", NewApiKey, body)

    def api_keys(self) -> tuple[ApiKey, ...]:
        return self._http.get("/auth/keys", ApiKeyList).keys

    def end_key(self, key_id: str) -> None:
        self._http.do("DELETE", f"/auth/keys/{_part(key_id)}")


def log_in(http: Http, email: str, password: str, address: str | None) -> Tokens:
    """address  of the person for whom a program asks that the server trusts as a proxy"""
    headers = {} if address is None else {"X-Forwarded-For": address}
    body = {"email": email, "password": password}
    return http.read(http.send("POST", "/auth/login", body=body, headers=headers), Tokens)


def _part(text: str) -> str:
    return quote(text, safe="")
