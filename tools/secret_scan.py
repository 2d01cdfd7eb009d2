"""Find what looks like a secret in text: by form, by the name it is assigned to, by entropy.

`python -m tools.secret_scan FILE…` prints a line for each find and ends with 1 if there is one.
"""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Forms that are a secret wherever they stand, also inside a binary file.
FORMS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "AWS key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub token": r"\b(?:gh[opsur]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{60,})",
    "GitLab token": r"\bglpat-[0-9A-Za-z_-]{20}",
    "Slack token": r"\bxox[abps]-[0-9A-Za-z-]{10,}",
    "Google key": r"\bAIza[0-9A-Za-z_-]{35}",
    "Stripe key": r"\b[sr]k_live_[0-9A-Za-z]{20,}",
    "OpenAI key": r"\bsk-(?:proj-)?[0-9A-Za-z_-]{32,}",
    "signed token": r"\beyJ[0-9A-Za-z_-]{20,}\.eyJ[0-9A-Za-z_-]{20,}\.[0-9A-Za-z_-]{20,}",
}
_FORMS = {name: re.compile(form.encode()) for name, form in FORMS.items()}
_ASSIGNED = re.compile(
    r"""(?ix) (?<![a-z]) [\w.-]* (?:passw(?:or)?d|passwd|secret|token|api_?key|access_?key|_pass)
    [\w-]* ["']? \s* (?::\s*\w+\s*)? [=:]{1,2} \s* [bf]? (["']) (?P<value>[^"'\n]{8,}) \1"""
)
_IN_ADDRESS = re.compile(r"[a-z][a-z0-9+]{2,}://[^\s:/@\"'<>]+:(?P<value>[^\s:/@\"'<>]{3,})@", re.I)
_STRONG = re.compile(r"""["'=\s](?P<value>[A-Za-z0-9+/_-]{32,})={0,2}["'\s]""")
_NAMED = {"assigned to a secret's name": _ASSIGNED, "password in an address": _IN_ADDRESS}
_BITS_ASSIGNED = 3.3  # a character; "correct horse" words have less than 3.3, random text more
_BITS_ALONE = 4.6  # random base64 of 40 characters has 4.8, hexadecimal digests at most 4
_NO_SECRET = re.compile(
    r"\$\{|\{[^}]*\}|%s|%\(|<[a-z]|\*\*\*|example|placeholder|\.\.\.|…|/|^[A-Z_]+$|\s", re.I
)


@dataclass(frozen=True, slots=True)
class Find:
    """value is for a person who must remove it: never print it where others read."""

    place: str
    line: int
    why: str
    value: str

    def __str__(self) -> str:
        return f"{self.place}:{self.line}: {self.why}: {self.value[:4]}…"


def bits(text: str) -> float:
    """Entropy of the text's characters, in bits a character; 0.0 for none."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def scan(place: str, content: bytes) -> Iterator[Find]:
    """Every find in a file; in a binary one only what is a secret by its form."""
    for why, form in _FORMS.items():
        for found in form.finditer(content):
            line = content.count(b"\n", 0, found.start()) + 1
            yield Find(place, line, why, found[0].decode("ascii", "replace"))
    if b"\0" not in content[:8192]:
        for number, text in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            for why, value in _guessed(text):
                yield Find(place, number, why, value)


def _guessed(text: str) -> Iterator[tuple[str, str]]:
    """What in a line is a secret by its name or by its entropy: why, and the value."""
    for why, pattern in _NAMED.items():
        for match in pattern.finditer(text):
            value = match["value"]
            if not _NO_SECRET.search(value) and bits(value) >= _BITS_ASSIGNED:
                yield why, value
    for match in _STRONG.finditer(text):
        value = match["value"]
        mixed = all(re.search(kind, value) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
        if mixed and bits(value) >= _BITS_ALONE:
            yield "random text", value


def main(names: list[str]) -> int:
    finds = [find for name in names for find in scan(name, Path(name).read_bytes())]
    for find in finds:
        print(find)
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
