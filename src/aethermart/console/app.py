"""The console's entry, which Streamlit runs anew for each visit and each change of a control."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from aethermart.client.client import AetherMartClient
from aethermart.console.launch import API_URL, CHARTS_REFRESH_S, REFRESH_S
from aethermart.console.reading import token_of
from aethermart.console.views.overview import Overview

_HERE = Path(__file__).parent
_TIMEOUT_S = 3.0  # past it a page says that the API does not answer


@st.cache_resource(max_entries=4, show_spinner=False)
def _client(url: str, token: str) -> AetherMartClient:
    """One connection pool for all visitors."""
    return AetherMartClient(url, token, timeout_s=_TIMEOUT_S)


def _connect() -> AetherMartClient:
    return _client(os.environ.get(API_URL, "http://127.0.0.1:8000"), token_of(os.environ))


def main() -> None:
    # A file of ours: a named icon or an emoji would be fetched from a server of Google's.
    icon = str(_HERE / "icon.svg")
    st.set_page_config(page_title="AetherMart", page_icon=icon, layout="wide")
    st.html(_HERE / "style.css")
    Overview(
        connect=_connect,
        memory=st.session_state.setdefault("readings", {}),
        refresh_s=float(os.environ.get(REFRESH_S, "1")),
        charts_refresh_s=float(os.environ.get(CHARTS_REFRESH_S, "5")),
    ).show()


main()
