"""A compiled dbt project as plain SQL: what dbt is needed for, once, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from aethermart.core.errors import Terminal


@dataclass(frozen=True, slots=True)
class Model:
    """One view.

    relation    its full quoted name, as other models' SQL writes it
    columns     declared (name, type) in order; empty where no contract is declared
    depends_on  relations of the models and captured tables it reads
    kept_by     column whose touched keys keep a table equal to this view, None for a plain view
    published_by_month  the date by whose month its published table is partitioned; None: it is not
    published  False for what the shop's present alone moves: it would never be the same twice
    """

    schema: str
    name: str
    relation: str
    sql: str
    columns: tuple[tuple[str, str], ...] = ()
    depends_on: tuple[str, ...] = ()
    kept_by: str | None = None
    published_by_month: str | None = None
    published: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """One captured table of a shop in the mirror, as models name it."""

    shop: str
    table: str
    relation: str


@dataclass(frozen=True, slots=True)
class Test:
    """SQL whose rows break a promise."""

    name: str
    sql: str

    __test__ = False  # pytest: no test class, in spite of its name


@dataclass(frozen=True, slots=True)
class CompiledProject:
    """models: every model after those it reads."""

    fingerprint: str
    models: tuple[Model, ...]
    sources: tuple[Source, ...]
    tests: tuple[Test, ...]

    @property
    def kept(self) -> tuple[Model, ...]:
        return tuple(model for model in self.models if model.kept_by)

    def model(self, name: str) -> Model:
        for model in self.models:
            if model.name == name:
                return model
        raise Terminal(
            f"no model is named {name!r}", fix="this is a mistake of the program: tell us"
        )

    def ancestors(self, model: Model) -> tuple[Model, ...]:
        """The models that `model` reads, directly or not, in order."""
        wanted = set(model.depends_on)
        for other in reversed(self.models):
            if other.relation in wanted:
                wanted.update(other.depends_on)
        return tuple(other for other in self.models if other.relation in wanted)

    def save(self, file: Path) -> None:
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
        partial.replace(file)

    @staticmethod
    def load(file: Path) -> CompiledProject:
        """Raises OSError or ValueError where the file is missing or not ours."""
        content = json.loads(file.read_text(encoding="utf-8"))
        try:
            return CompiledProject(
                fingerprint=content["fingerprint"],
                models=tuple(_model(model) for model in content["models"]),
                sources=tuple(Source(**source) for source in content["sources"]),
                tests=tuple(Test(**test) for test in content["tests"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"{file} is no compiled project: {error}") from error


def _model(content: dict[str, Any]) -> Model:
    return Model(
        **{
            **content,
            "columns": tuple((name, kind) for name, kind in content["columns"]),
            "depends_on": tuple(content["depends_on"]),
        }
    )


def from_manifest(manifest: Mapping[str, Any], fingerprint: str) -> CompiledProject:
    """Read dbt's `target/manifest.json` of a compiled project."""
    nodes: Mapping[str, Any] = manifest["nodes"]
    names = {
        unique_id: node["relation_name"]
        for unique_id, node in [*nodes.items(), *manifest["sources"].items()]
        if node["resource_type"] in ("model", "source")
    }
    return CompiledProject(
        fingerprint=fingerprint,
        models=tuple(_read_model(nodes[unique_id], names) for unique_id in _in_order(nodes)),
        sources=tuple(
            Source(node["source_name"], node["name"], node["relation_name"])
            for node in manifest["sources"].values()
            if node["schema"] == "mirror" and "__" not in node["source_name"]
        ),
        tests=tuple(
            Test(node["name"], node["compiled_code"])
            for node in nodes.values()
            if node["resource_type"] == "test"
        ),
    )


def _in_order(nodes: Mapping[str, Any]) -> Iterator[str]:
    models = {
        unique_id: node["depends_on"]["nodes"]
        for unique_id, node in sorted(nodes.items())
        if node["resource_type"] == "model"
    }
    return (
        unique_id for unique_id in TopologicalSorter(models).static_order() if unique_id in models
    )


def _read_model(node: Mapping[str, Any], names: Mapping[str, str]) -> Model:
    return Model(
        schema=node["schema"],
        name=node["alias"],
        relation=node["relation_name"],
        sql=node["compiled_code"].strip(),
        columns=tuple(
            (column["name"], str(column["data_type"]).upper())
            for column in node["columns"].values()
            if column["data_type"]
        ),
        depends_on=tuple(names[unique_id] for unique_id in node["depends_on"]["nodes"]),
        kept_by=node["config"]["meta"].get("kept_by"),
        published_by_month=node["config"]["meta"].get("published_by_month"),
        published=node["config"]["meta"].get("published", True),
    )
