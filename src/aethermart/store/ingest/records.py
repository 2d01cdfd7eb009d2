"""Read a file of records, one at a time: CSV in its dialects, a JSON array, JSON lines.

A file that is not of its form stops here with the line and what stands there, before anything is
written; a record that only breaks a rule goes on, with its fault. Every value is text.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TextIO, cast, get_args

from aethermart.core.errors import BadInput, NotFound

Format = Literal["csv", "json", "jsonl"]
FORMATS: tuple[Format, ...] = get_args(Format)
ENCODINGS = ("utf-8", "latin-1")
_DELIMITERS = (",", ";", "\t", "|")
_LONGEST_RECORD = 64 * 1024 * 1024  # characters; a longer one is an unclosed quote or bracket
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Source:
    """delimiter: of a CSV file; None: the one of , ; tab | that the header has most."""

    file: Path
    format: Format
    encoding: str = "utf-8"
    delimiter: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """line: its number in the file (the header is 1; of JSON the first record is). extra: how many
    fields it has beyond the header's, below zero where it lacks some."""

    line: int
    values: list[str]
    extra: int = 0


def source_of(
    file: Path, *, form: Format | None, encoding: str, delimiter: str | None = None
) -> Source:
    """By the file's ending where no format is named. Raises BadInput, NotFound."""
    if not file.is_file():
        raise NotFound(f"there is no file {str(file)!r}", fix="check the path")
    ending = file.suffix.lower().removeprefix(".")
    ending = {"tsv": "csv", "txt": "csv", "ndjson": "jsonl"}.get(ending, ending)
    if form is None and ending not in FORMATS:
        raise BadInput(
            f"{file.name!r} does not say what it is", fix=f"add --format {'|'.join(FORMATS)}"
        )
    return Source(file, form or cast(Format, ending), encoding, delimiter)


def columns_of(source: Source) -> tuple[list[str], Source]:
    """The file's columns, and the source with its delimiter known."""
    if source.format == "csv":
        return _csv_columns(source)
    seen: dict[str, None] = {}
    for _, document in _documents(source):
        seen.update(dict.fromkeys(document))
    if not seen:
        raise BadInput(f"{source.file.name} has no records", fix="nothing is to be loaded")
    return list(seen), source


def records(source: Source, columns: list[str]) -> Iterator[Record]:
    """Every record, its values in the order of `columns`; what it lacks is empty."""
    if source.format == "csv":
        yield from _csv_records(source, len(columns))
        return
    for number, document in _documents(source):
        yield Record(number, [document.get(column, "") for column in columns])


# ---- CSV


def _csv_columns(source: Source) -> tuple[list[str], Source]:
    with _opened(source) as text:
        try:
            first = text.readline(_LONGEST_RECORD)
        except UnicodeDecodeError as error:
            raise _not_encoded(source, error) from error
        if not first.strip():
            raise BadInput(
                f"{source.file.name} has no header in its first line",
                fix="begin the file with the names of its columns",
            )
        delimiter = source.delimiter or max(_DELIMITERS, key=first.count)
    found = Source(source.file, "csv", source.encoding, delimiter)
    with _opened(found) as text:
        header = next(_rows(found, text))[1]
    columns = [column.strip() for column in header]
    if len(set(columns)) < len(columns) or "" in columns:
        raise BadInput(
            f"the header of {source.file.name} names a column twice or not at all:"
            f" {', '.join(map(repr, columns))[:200]}",
            fix="give every column a name of its own",
        )
    return columns, found


def _csv_records(source: Source, width: int) -> Iterator[Record]:
    with _opened(source) as text:
        rows = _rows(source, text)
        next(rows)
        line = 1
        for _, row in rows:
            if not row:
                continue  # an empty line is no record
            line += 1
            if len(row) == width:
                yield Record(line, row)
            else:
                filled = [*row[:width], *[""] * (width - len(row))]
                yield Record(line, filled, len(row) - width)


def _rows(source: Source, text: TextIO) -> Iterator[tuple[int, list[str]]]:
    """With the line of text that a row ends in."""
    csv.field_size_limit(_LONGEST_RECORD)
    reader = csv.reader(text, delimiter=source.delimiter or ",", strict=True)
    begins = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput(
                f"{source.file.name}, line {begins}: {error}: {_line_at(source, begins)!r}",
                fix="close the quotes there, and double a quote within quotes",
            ) from error
        except UnicodeDecodeError as error:
            raise _not_encoded(source, error) from error
        yield reader.line_num, row
        begins = reader.line_num + 1


# ---- JSON


def _documents(source: Source) -> Iterator[tuple[int, dict[str, str]]]:
    found = _array(source) if source.format == "json" else _lines(source)
    for number, document in found:
        if not isinstance(document, dict):
            raise BadInput(
                f"{source.file.name}, record {number} is no object: {str(document)[:_SHOWN]!r}",
                fix="write every record as a JSON object",
            )
        flat: dict[str, str] = {}
        _flatten("", document, flat)
        yield number, flat


def _flatten(prefix: str, document: dict[str, Any], flat: dict[str, str]) -> None:
    """Fields of objects within objects as `outer.inner`; lists stay JSON."""
    for name, value in document.items():
        if isinstance(value, dict):
            _flatten(f"{prefix}{name}.", value, flat)
        elif value is None:
            flat[f"{prefix}{name}"] = ""
        elif isinstance(value, bool):
            flat[f"{prefix}{name}"] = "true" if value else "false"
        elif isinstance(value, list):
            flat[f"{prefix}{name}"] = json.dumps(value, ensure_ascii=False)
        else:
            flat[f"{prefix}{name}"] = value


# Numbers stay as they are written: 12.50 is not 12.5.
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def _lines(source: Source) -> Iterator[tuple[int, Any]]:
    with _opened(source) as text:
        number = 0
        while True:
            try:
                line = text.readline(_LONGEST_RECORD)
            except UnicodeDecodeError as error:
                raise _not_encoded(source, error) from error
            if not line:
                return
            number += 1
            if not line.strip():
                continue
            try:
                yield number, _DECODER.decode(line)
            except ValueError as error:
                raise BadInput(
                    f"{source.file.name}, line {number}: {error}: {line.strip()[:_SHOWN]!r}",
                    fix="write one JSON object a line",
                ) from error


def _array(source: Source) -> Iterator[tuple[int, Any]]:
    """The elements of one array, each read when it is asked for."""
    with _opened(source) as text:
        window = _Window(source, text)
        if window.next_mark() != "[":
            raise BadInput(
                f"{source.file.name} does not begin with [: {window.shown()!r}",
                fix="write one JSON array of objects, or use --format jsonl",
            )
        window.take()
        number = 0
        while (mark := window.next_mark()) != "]":
            if number and mark != ",":
                raise window.wrong(number + 1, "expected , or ]")
            if number:
                window.take()
                window.next_mark()
            number += 1
            yield number, window.document(number)
        window.take()
        if window.next_mark():
            raise window.wrong(number, "more text after the end of the array")


class _Window:
    """The part of a JSON text that is being read."""

    def __init__(self, source: Source, text: TextIO) -> None:
        self._source, self._text = source, text
        self._held, self._at = "", 0

    def next_mark(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            while self._at < len(self._held):
                if not self._held[self._at].isspace():
                    return self._held[self._at]
                self._at += 1
            if not self._more(1):
                return ""

    def take(self) -> None:
        self._at += 1

    def document(self, number: int) -> Any:
        size = 1 << 16
        while True:
            try:
                found, end = _DECODER.raw_decode(self._held, self._at)
            except ValueError as error:
                # It may only be cut off; each time twice as much is read before it is tried again.
                if len(self._held) - self._at < _LONGEST_RECORD and self._more(size):
                    size *= 2
                    continue
                raise self.wrong(number, str(error)) from error
            if end == len(self._held) and self._more(size):
                continue  # a number may go on
            self._at = end
            return found

    def wrong(self, number: int, why: str) -> BadInput:
        return BadInput(
            f"{self._source.file.name}, record {number}: {why}: {self.shown()!r}",
            fix="write one JSON array of objects",
        )

    def shown(self) -> str:
        return self._held[self._at : self._at + _SHOWN]

    def _more(self, size: int) -> bool:
        try:
            text = self._text.read(max(size, 1 << 16))
        except UnicodeDecodeError as error:
            raise _not_encoded(self._source, error) from error
        self._held, self._at = self._held[self._at :] + text, 0
        return bool(text)


# ---- text


def _opened(source: Source) -> io.TextIOWrapper:
    encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
    return source.file.open(encoding=encoding, newline="")


def _not_encoded(source: Source, error: UnicodeDecodeError) -> BadInput:
    line = _first_broken_line(source)
    return BadInput(
        f"{source.file.name}, line {line[0]} is not {source.encoding}: {line[1]!r}",
        fix="name its encoding with --encoding latin-1, or save it as UTF-8",
    )


def _first_broken_line(source: Source) -> tuple[int, bytes]:
    with source.file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode(source.encoding)
            except UnicodeDecodeError as error:
                return number, line[max(0, error.start - 20) : error.start + 20]
    return 0, b""


def _line_at(source: Source, number: int) -> str:
    with _opened(source) as text:
        for _ in range(number - 1):
            text.readline()
        return text.readline(_SHOWN).rstrip("\r\n")
