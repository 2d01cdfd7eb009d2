"""Ask the API over HTTP, a group of routes each.

Every refusal comes back as an error of the core's tree: Unavailable where nothing answers,
Unauthenticated for a wrong token, and so on, each with the fix the server named.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from aethermart.client.auth import AuthClient, log_in
from aethermart.client.http import Http
from aethermart.client.lake import LakeClient
from aethermart.client.ops import OpsClient
from aethermart.client.shop import ShopClient
from aethermart.client.tokens import RenewedToken


class AetherMartClient:
    """auth, lake, ops, shop  the routes of these groups"""

    def __init__(
        self,
        base_url: str,
        token: str | RenewedToken,
        *,
        timeout_s: float = 10.0,
        transport: httpx.BaseTransport | None = None,
        certificate: Path | None = None,
    ) -> None:
        """base_url     the server's root, for instance http://127.0.0.1:8000
        transport    how requests travel; a test gives its own
        certificate  the server's, where it is one that only its own project knows
        Raises BadInput for an address or a token that cannot be sent.
        """
        self._http = Http(
            base_url, token, timeout_s=timeout_s, transport=transport, certificate=certificate
        )
        self.auth = AuthClient(self._http)
        self.lake = LakeClient(self._http)
        self.ops = OpsClient(self._http)
        self.shop = ShopClient(self._http)

    @classmethod
    def login(
        cls,
        base_url: str,
        email: str,
        password: str,
        *,
        address: str | None = None,
        timeout_s: float = 10.0,
        transport: httpx.BaseTransport | None = None,
        certificate: Path | None = None,
    ) -> Self:
        """A client of somebody who logs in; its tokens are renewed before they expire.

        address  of the person for whom a program logs in that the server trusts as a proxy
        The password is not kept: a session that has ended raises Unauthenticated. A machine that
        must outlive a session takes an API key for its token.
        Raises Unauthenticated for a wrong password, Unavailable after too many.
        """
        http = Http(
            base_url, None, timeout_s=timeout_s, transport=transport, certificate=certificate
        )
        try:
            tokens = log_in(http, email, password, address)
        finally:
            http.close()
        renewed = RenewedToken(base_url, tokens)
        return cls(
            base_url, renewed, timeout_s=timeout_s, transport=transport, certificate=certificate
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()
