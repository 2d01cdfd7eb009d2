"""The warehouse: dbt models compiled once and swapped in as views, gold kept by touched keys."""
