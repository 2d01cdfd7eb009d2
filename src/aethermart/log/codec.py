"""Entries as bytes: a JSON header, then each batch as an Arrow IPC stream.

Layout: `AMLE`, format version (uint16), header length (uint32), header, batches one after another
with their lengths in the header; all integers little-endian. Chunks stand in the header only.
A reader refuses a version it does not know rather than guess.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa

from aethermart.core.entries import (
    FORMAT_VERSION,
    Batch,
    Chunk,
    Column,
    Control,
    Entry,
    Heartbeat,
    Position,
    SnapshotBegin,
    SnapshotEnd,
    TableSchema,
    Truncate,
)
from aethermart.core.errors import Terminal

_MAGIC = b"AMLE"
_HEAD = struct.Struct("<4sHI")
_COMPRESS_FROM_BYTES = 64 * 1024  # below, lz4 costs more time than it saves bytes
_CONTROLS: dict[str, type[Control]] = {
    "table_schema": TableSchema,
    "snapshot_begin": SnapshotBegin,
    "snapshot_end": SnapshotEnd,
    "truncate": Truncate,
    "heartbeat": Heartbeat,
}
_CONTROL_NAMES = {cls: name for name, cls in _CONTROLS.items()}


class UnreadableEntry(Terminal):
    """The bytes are not an entry of a version this release reads."""


def encode(entry: Entry) -> bytes:
    bodies = [_encode_rows(part.rows) for part in entry.parts if isinstance(part, Batch)]
    sizes = iter([len(body) for body in bodies])
    header = {
        "shop": entry.shop,
        "id": entry.id,
        "start": entry.start,
        "end": entry.end,
        "captured_at": entry.captured_at.isoformat(),
        "committed_at": entry.committed_at.isoformat() if entry.committed_at else None,
        "time_kind": entry.time_kind,
        "parts": [
            {"batch": part.table, "bytes": next(sizes)}
            if isinstance(part, Batch)
            else {"chunk": asdict(part)}
            for part in entry.parts
        ],
        "controls": controls_to_json(entry.controls),
    }
    head = json.dumps(header, separators=(",", ":")).encode()
    return b"".join([_HEAD.pack(_MAGIC, entry.format_version, len(head)), head, *bodies])


def decode(data: bytes | memoryview) -> Entry:
    """Raises UnreadableEntry for foreign bytes, a torn tail or a version from the future."""
    view = memoryview(data)
    if len(view) < _HEAD.size:
        raise _unreadable("it is shorter than an entry's head")
    magic, version, head_bytes = _HEAD.unpack_from(view)
    if magic != _MAGIC:
        raise _unreadable(f"it starts with {bytes(magic)!r}, not {_MAGIC!r}")
    if version != FORMAT_VERSION:
        raise _unreadable(f"its format version is {version}, this release reads {FORMAT_VERSION}")
    if len(view) < _HEAD.size + head_bytes:
        raise _unreadable("its header is cut off")
    try:
        header = json.loads(bytes(view[_HEAD.size : _HEAD.size + head_bytes]))
        return _entry(version, header, view[_HEAD.size + head_bytes :])
    except (ValueError, LookupError, TypeError, OSError, pa.ArrowException) as error:
        raise _unreadable(f"it is damaged: {type(error).__name__}: {error}") from error


def _entry(version: int, header: dict[str, Any], bodies: memoryview) -> Entry:
    parts: list[Batch | Chunk] = []
    at = 0
    for part in header["parts"]:
        if "chunk" in part:
            parts.append(Chunk(**part["chunk"]))
            continue
        end = at + part["bytes"]
        if end > len(bodies):
            raise _unreadable(f"the rows of {part['batch']} are cut off")
        parts.append(Batch(part["batch"], _decode_rows(bodies[at:end])))
        at = end
    if at != len(bodies):
        raise _unreadable(f"{len(bodies) - at} bytes follow its end")
    committed_at = header["committed_at"]
    return Entry(
        shop=header["shop"],
        id=header["id"],
        start=Position(header["start"]) if header["start"] is not None else None,
        end=Position(header["end"]),
        captured_at=datetime.fromisoformat(header["captured_at"]),
        committed_at=datetime.fromisoformat(committed_at) if committed_at else None,
        time_kind=header["time_kind"],
        parts=tuple(parts),
        controls=controls_from_json(header["controls"]),
        format_version=version,
    )


def controls_to_json(controls: tuple[Control, ...]) -> list[dict[str, Any]]:
    return [{"is": _CONTROL_NAMES[type(control)], **asdict(control)} for control in controls]


def controls_from_json(records: list[dict[str, Any]]) -> tuple[Control, ...]:
    return tuple(_control(dict(record)) for record in records)


def _control(record: dict[str, Any]) -> Control:
    name = record.pop("is")
    cls = _CONTROLS.get(name)
    if cls is None:
        raise _unreadable(f"it has a control record {name!r} that this release does not know")
    if cls is TableSchema:
        columns = tuple(Column(**column) for column in record["columns"])
        return TableSchema(record["table"], columns, tuple(record["key"]))
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in record.items()}
    return cls(**values)


def _encode_rows(rows: pa.Table) -> bytes:
    compression: Literal["lz4"] | None = "lz4" if rows.nbytes >= _COMPRESS_FROM_BYTES else None
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, rows.schema, options=options) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


def _decode_rows(body: memoryview) -> pa.Table:
    with pa.ipc.open_stream(pa.py_buffer(body)) as reader:
        return reader.read_all()


def _unreadable(why: str) -> UnreadableEntry:
    return UnreadableEntry(
        f"a log entry cannot be read: {why}",
        fix="run the release that wrote it, or `aethermart upgrade`",
    )
