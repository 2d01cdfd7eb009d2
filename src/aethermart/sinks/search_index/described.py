"""What a description says of a product in so many words: `Colour: Black. Switches: silent red.`

A shop that keeps no columns for brand, colour and the like often writes them so. A pair is taken
where its name says what it is, or where it stands in a list of pairs; prose with a colon is prose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_PAIR = re.compile(
    r"(?:^|(?<=[.;!?\n]))\s*(?P<name>[A-Z][A-Za-z]{1,19}(?: [a-z]{1,15})?): "
    r"(?P<value>[^.;:!?\n]{1,40}?(?:\.\d[^.;:!?\n]{0,20})?)\s*(?=[.;\n]|$)"
)
_SURE = frozenset("brand colour color size material".split())


def attributes_of(description: str) -> Mapping[str, str]:
    """Name, in lower case, -> value; of a name that is told twice the first."""
    found = list(_PAIR.finditer(description))
    told: dict[str, str] = {}
    for place, pair in enumerate(found):
        name = pair["name"].lower()
        before = place > 0 and pair.start() - found[place - 1].end() <= 1
        behind = place + 1 < len(found) and found[place + 1].start() - pair.end() <= 1
        if name in _SURE or before or behind:
            told.setdefault(name, pair["value"].strip())
    return told
