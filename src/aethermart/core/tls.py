"""TLS between our own processes: the client trusts exactly the server's certificate."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path

from aethermart.core.errors import BadInput


def pinned(certificate: Path) -> ssl.SSLContext:
    """Accepts a server that holds this certificate's key, under whatever name it is reached.

    Raises BadInput where the file is no certificate.
    """
    try:
        context = ssl.create_default_context(cafile=certificate)
    except (OSError, ssl.SSLError) as error:
        raise BadInput(
            f"{certificate} cannot be used as a certificate: {error.strerror or error}",
            fix="correct `tls_certificate` under [api]: a PEM file that this user may read",
        ) from error
    context.check_hostname = False  # it may name the public host, and we come by the loopback
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # an issued one is trusted by itself
    return context


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
