"""The pages. Not named `pages`: Streamlit would list such a folder beside its entry by itself."""
