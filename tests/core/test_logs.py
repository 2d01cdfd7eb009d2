from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from aethermart.core.logs import JsonFormatter, LogSettings, masked, trim_logs


@pytest.mark.parametrize(
    "text, shown",
    [
        ("mail to jane.doe@example.co.uk bounced", "mail to [e-mail] bounced"),
        ("card 4111 1111 1111 1111 refused", "card [card] refused"),
        ("card 4111111111111111", "card [card]"),
        ("call +44 20 7946 0958 now", "call [phone] now"),
        (
            "postgresql://app:s3cret@127.0.0.1:5432/store",
            "postgresql://app:***@127.0.0.1:5432/store",
        ),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("host=h password=s3cret user=u", "host=h password=*** user=u"),
        ('{"password": "two words", "n": 1}', '{"password": ***, "n": 1}'),
        ("{'new_password': 'two words'}", "{'new_password': ***}"),
        ("sent eyJhbGciOiJI.eyJzdWIiOiI3In0.c2ln to", "sent [token] to"),
        ("amk_0123456789abcdef and amr_0123456789abcdef", "[token] and [token]"),
        ("order 1234567 of 2026-11-21T10:00:00", "order 1234567 of 2026-11-21T10:00:00"),
        ("offset 12 in 0.25 s", "offset 12 in 0.25 s"),
    ],
)
def test_personal_data_and_secrets_are_masked_and_nothing_else(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_line_is_json_with_message_arguments_and_trace_masked() -> None:
    try:
        raise ValueError("jane@example.com")
    except ValueError:
        record = logging.getLogger("a").makeRecord(
            "a",
            logging.ERROR,
            __file__,
            1,
            "for %s",
            ("bob@example.com",),
            __import__("sys").exc_info(),
        )
    line = json.loads(JsonFormatter("serve").format(record))
    assert line["process"] == "serve"
    assert line["level"] == "error"
    assert line["message"] == "for [e-mail]"
    assert line["error"].endswith("ValueError: [e-mail]")
    assert line["at"].endswith("+00:00")


def test_a_long_log_is_set_aside_and_its_writer_goes_on(tmp_path: Path) -> None:
    short, long = tmp_path / "short.log", tmp_path / "long.log"
    short.write_text("12345678", encoding="utf-8")
    (tmp_path / "long.log.1").write_text("older", encoding="utf-8")
    with long.open("a", encoding="utf-8") as writer:
        writer.write("123456789")
        writer.flush()
        trim_logs(tmp_path, LogSettings(longest_mb=8e-6, kept=1))
        writer.write("new")
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {
        "short.log": "12345678",
        "long.log": "new",
        "long.log.1": "123456789",
    }


def test_where_no_log_was_written_there_is_nothing_to_trim(tmp_path: Path) -> None:
    trim_logs(tmp_path / "logs")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "kept, aside",
    [(0, {}), (1, {"a.log.1": "third"}), (2, {"a.log.1": "third", "a.log.2": "second"})],
)
def test_as_many_stay_as_are_kept_the_newest_first(
    tmp_path: Path, kept: int, aside: dict[str, str]
) -> None:
    for words in ("first", "second", "third"):
        (tmp_path / "a.log").write_text(words, encoding="utf-8")
        trim_logs(tmp_path, LogSettings(longest_mb=1e-6, kept=kept))
    found = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert found == {"a.log": "", **aside}
