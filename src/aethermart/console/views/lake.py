"""The lake: which tables there are, where they come from, how good and how fresh they are."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from aethermart.console.asking import Asking
from aethermart.console.frame import Frame
from aethermart.console.period import Filters
from aethermart.console.views import lake_catalogue, lake_freshness, lake_lineage, lake_quality

TITLE = "Lake"
WORDS = "Tables and columns, where they come from, how good and how fresh they are"
_CATALOGUE_S = 30.0  # the catalogue's own counts are a minute old; hundreds of tables are much

_PARTS: dict[str, tuple[Callable[[Asking], None], float | None]] = {
    "Catalogue": (lake_catalogue.show, _CATALOGUE_S),
    "Lineage": (lake_lineage.show, _CATALOGUE_S),
    "Quality": (lake_quality.show, None),
    "Freshness": (lake_freshness.show, None),
}


def show(frame: Frame, filters: Filters, shops: tuple[str, ...]) -> None:
    if wanted := st.session_state.pop(lake_catalogue.GO_TO, None):
        st.session_state["part"] = wanted
    part = st.segmented_control(
        "Part of the lake",
        tuple(_PARTS),
        default="Catalogue",
        required=True,
        key="part",
        bind="query-params",
        label_visibility="collapsed",
    )
    body, every_s = _PARTS[part or "Catalogue"]
    frame.live(body, filters, every_s)
