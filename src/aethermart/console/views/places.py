"""What a page looks at, kept in the session and in the address, so that a link shows the same."""

from __future__ import annotations

import streamlit as st


def remembered(name: str) -> str:
    """The value under `name`: the session's, at first the address's, which then follows it.

    Not by `bind`: a choice made by a click on another part has no field to be bound to.
    """
    if name not in st.session_state:
        st.session_state[name] = st.query_params.get(name, "")
    value = str(st.session_state[name] or "")
    if value != st.query_params.get(name, ""):
        if value:
            st.query_params[name] = value
        else:
            del st.query_params[name]
    return value
