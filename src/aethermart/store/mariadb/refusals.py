"""MariaDB's errors as the SQLSTATEs of `store/refusals.py`.

The store's own refusals are numbered 31001 (AM001) and on, as the driver keeps the number only; the
text of each holds the cause and, on the next line, the fix. Elsewhere one SQLSTATE stands for much
that PostgreSQL tells apart, so the number decides.
"""

from __future__ import annotations

from collections.abc import Mapping

from aethermart.core.errors import AetherMartError, BadInput
from aethermart.servers.mysql_client import Address, said_by, without_password
from aethermart.store.refusals import refusal

OWN = 31000
FIX = "\n  fix: "

_STATES: Mapping[int, str] = {
    1048: "23502",
    1364: "23502",
    4025: "23514",
    1451: "23503",
    1452: "23503",
    1216: "23503",
    1217: "23503",
    1062: "23505",
    1169: "23505",
    **dict.fromkeys((1264, 1265, 1292, 1366, 1367, 1406, 1411, 1690, 3819, 4038, 4078), "22000"),
    **dict.fromkeys((1020, 1205, 1213), "40001"),
    **dict.fromkeys((1040, 1041, 1021, 1037, 1038, 1114, 1203, 1226), "53000"),
    **dict.fromkeys((1053, 1317, 1927, 1969, 3024, 4031), "57000"),
    **dict.fromkeys((0, 1047, 1158, 1159, 1160, 1161, 2002, 2003, 2006, 2013, 2014, 2055), "08000"),
}
_BAD_LOGIN = (1044, 1045, 1049, 1130, 1698)
_NO_SUCH_HOST = ("Name or service not known", "No address associated", "nodename nor servname")


def refused(error: Exception) -> AetherMartError:
    number, cause = said_by(error)
    if OWN < number <= OWN + 999:
        _, _, fix = str(error.args[1]).partition(FIX)
        return refusal(f"AM{number - OWN:03d}", cause, fix or None)
    return refusal(_STATES.get(number, f"error {number}"), cause)


def refused_login(error: Exception, address: Address) -> AetherMartError:
    number, text = said_by(error)
    cause = f"the store: {address.told} does not let us in: {without_password(text)}"
    if number in _BAD_LOGIN or any(words in text for words in _NO_SUCH_HOST):
        return BadInput(cause, fix="correct host, database, user and password of the store's dsn")
    if isinstance(error, OSError):
        return BadInput(cause, fix="let ssl_ca name a PEM file that this user may read")
    if isinstance(error, RuntimeError):
        return BadInput(cause, fix="pip install 'aethermart[mysql]', or use TLS (?ssl=true)")
    return refusal("08000", cause)
