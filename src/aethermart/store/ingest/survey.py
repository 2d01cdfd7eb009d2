"""Look a file through before anything of it is written.

What the database will be sent is known then: how many records, and whether its own LOAD DATA would
read the file just as we do, so that it can be given the file as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from aethermart.store.ingest.entities import Entity, Header
from aethermart.store.ingest.records import Record, Source, records

_CHUNK = 1 << 20
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Bytes:
    """line_end: the one that every line has; None where they differ."""

    sha256: str
    line_end: str | None


@dataclass(frozen=True, slots=True)
class Survey:
    """otherwise: why LOAD DATA would read the file in another way than we do, if it would."""

    count: int
    otherwise: str | None


def bytes_of(source: Source) -> Bytes:
    digest = hashlib.sha256()
    returns = feeds = pairs = 0
    last = b""
    with source.file.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            returns += chunk.count(b"\r")
            feeds += chunk.count(b"\n")
            pairs += chunk.count(b"\r\n") + (last == b"\r" and chunk[:1] == b"\n")
            last = chunk[-1:]
    if returns == 0:
        end: str | None = "\n"
    else:
        end = "\r\n" if returns == feeds == pairs else None
    return Bytes(digest.hexdigest(), end)


def fingerprint(content: Bytes, source: Source, entity: Entity, header: Header) -> str:
    """One for one content read in one way."""
    told = [content.sha256, source.format, source.encoding, source.delimiter, entity.name]
    return hashlib.sha256(repr([*told, header]).encode()).hexdigest()


def survey(source: Source, content: Bytes, entity: Entity, header: Header) -> Survey:
    """Reads the whole file. Raises BadInput where it is not of its form."""
    otherwise: str | None = None
    if source.format != "csv":
        otherwise = f"it is {source.format}"
    elif source.encoding != "utf-8":
        otherwise = f"it is {source.encoding}"
    elif content.line_end is None:
        otherwise = "its lines do not all end alike"
    elif any("\n" in column or "\r" in column for column in header.columns):
        otherwise = "its header is longer than a line"
    count = 0
    for record, fault in judged(source, entity, header):
        count += 1
        if otherwise is None and (fault is not None or "NULL" in record.values):
            otherwise = f"line {record.line}: " + (fault or "the word NULL")
    if otherwise is None and source.format == "csv" and _has_empty_lines(source):
        otherwise = "it has empty lines"
    return Survey(count, otherwise)


def judged(source: Source, entity: Entity, header: Header) -> Iterator[tuple[Record, str | None]]:
    """Records with their fault, `rule:value`, or None; the value at fault is emptied."""
    longest = [entity.longest(f) if f else None for f in header.fields]
    shortest = min((size for size in longest if size is not None), default=0)
    for record in records(source, list(header.columns)):
        values = record.values
        if record.extra:
            more = "more" if record.extra > 0 else "less"
            _emptied(values, longest)
            values[:] = [_as_text(value) for value in values]
            yield record, f"field_count:{abs(record.extra)} {more}"
        elif max(map(len, values)) > shortest or any("\0" in value for value in values):
            yield record, _emptied(values, longest)
        elif source.format != "csv" and not _is_text(values):
            record.values[:] = [_as_text(value) for value in values]
            yield record, "bad_character:half of a pair of surrogates"
        else:
            yield record, None


def _emptied(values: list[str], longest: list[int | None]) -> str | None:
    fault = None
    for at, (value, size) in enumerate(zip(values, longest, strict=True)):
        if size is None:
            continue
        if len(value) > size:
            fault = fault or f"too_long:{value[:_SHOWN]}".replace("\0", "")
            values[at] = ""
        elif "\0" in value:
            fault = fault or f"nul_character:{value[:_SHOWN]}".replace("\0", "")
            values[at] = ""
    return fault


def _is_text(values: list[str]) -> bool:
    """JSON can name characters that no encoding has."""
    try:
        "".join(values).encode()
    except UnicodeEncodeError:
        return False
    return True


def _as_text(value: str) -> str:
    return value.encode(errors="replace").decode()


def _has_empty_lines(source: Source) -> bool:
    with source.file.open("rb") as file:
        return any(not line.strip(b"\r\n") for line in file)
