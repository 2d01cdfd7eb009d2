"""Colours and type of the console, for Streamlit, for our own HTML and for the charts."""

from __future__ import annotations

INK = "#17202e"
MUTED = "#5b6675"
LINE = "#e2e6ec"
SURFACE = "#ffffff"
CANVAS = "#f5f7f9"
ACCENT = "#2b50b8"
AMBER = "#b45309"

# One hue a shop, told apart also by lightness.
SHOPS = (ACCENT, "#0f8a83", "#8a5cc2", "#b0762b", "#5b6675")

STATUSES = {
    "PENDING": AMBER,
    "PAID": ACCENT,
    "SHIPPED": "#6f93e8",
    "DELIVERED": "#b9cbf5",
    "CANCELLED": "#9aa4b2",
    "RETURNED": "#8a5cc2",
}

# A page follows the light that the visitor's system asks for. The dark colours of our own HTML
# stand in style.css, beside the light ones.
_LIGHT = {"primary": ACCENT, "background": CANVAS, "secondaryBackground": SURFACE, "text": INK}
_DARK = {
    "primary": "#5b7de6",
    "background": "#121822",
    "secondaryBackground": "#1b2330",
    "text": "#e8ecf3",
}
STREAMLIT_THEME = {
    **{f"theme.light.{name}Color": hue for name, hue in _LIGHT.items()},
    "theme.light.borderColor": LINE,
    **{f"theme.dark.{name}Color": hue for name, hue in _DARK.items()},
    "theme.dark.borderColor": "#2c3647",
    "theme.baseRadius": "8px",
    "theme.baseFontSize": "15",
    "theme.paddingTop": "1.25rem",
    "theme.paddingBottom": "2.5rem",
}
