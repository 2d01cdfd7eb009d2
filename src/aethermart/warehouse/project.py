"""A compiled dbt project as plain SQL: what dbt is needed for, once, and what is kept of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from aethermart.core.errors import Terminal


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """What a contract says of a column beside its type. pii: class of personal data, if any."""

    name: str
    description: str | None = None
    pii: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """One view.

    relation    its full quoted name, as other models' SQL writes it
    columns     declared (name, type) in order; empty where no contract is declared
    depends_on  relations of the models and captured tables it reads
    kept_by     column whose touched keys keep a table equal to this view, None for a plain view
    published_by_month  the date by whose month its published table is partitioned; None: it is not
    published  False for what the shop's present alone moves: it would never be the same twice
    owner       the role that answers for it, None where the project names none
    key         columns that tell its rows apart, by its own test; empty where none says so
    notes       a note a column of `columns`, in their order
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
    description: str = ""
    owner: str | None = None
    key: tuple[str, ...] = ()
    notes: tuple[ColumnNote, ...] = ()

    @property
    def table(self) -> str:
        """Its name for whoever reads it: that of the kept table, where one is kept."""
        return self.name.removeprefix("v_") if self.kept_by else self.name


@dataclass(frozen=True, slots=True)
class Source:
    """One captured table of a shop in the mirror, as models name it."""

    shop: str
    table: str
    relation: str


@dataclass(frozen=True, slots=True)
class Test:
    """SQL whose rows break a promise.

    model  schema and name of the model it is declared on, None for a test of its own
    kind   not_null, unique_key, …; the test's own name where it is one of its own
    """

    name: str
    sql: str
    model: tuple[str, str] | None = None
    column: str | None = None
    kind: str = ""

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
        partial = file.with_suffix(f".{os.getpid()}.partial")  # others may write it at this moment
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
                tests=tuple(_test(test) for test in content["tests"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"{file} is no compiled project: {error}") from error


def _model(content: dict[str, Any]) -> Model:
    return Model(
        **{
            **content,
            "columns": tuple((name, kind) for name, kind in content["columns"]),
            "depends_on": tuple(content["depends_on"]),
            "key": tuple(content["key"]),
            # Without them nothing would be masked: such a file is made again.
            "notes": tuple(ColumnNote(**note) for note in content["notes"]),
        }
    )


def _test(content: dict[str, Any]) -> Test:
    model = content["model"]
    return Test(**{**content, "model": tuple(model) if model else None})


def from_manifest(manifest: Mapping[str, Any], fingerprint: str) -> CompiledProject:
    """Read dbt's `target/manifest.json` of a compiled project."""
    nodes: Mapping[str, Any] = manifest["nodes"]
    names = {
        unique_id: node["relation_name"]
        for unique_id, node in [*nodes.items(), *manifest["sources"].items()]
        if node["resource_type"] in ("model", "source")
    }
    keys = {
        node["attached_node"]: tuple(node["test_metadata"]["kwargs"]["columns"])
        for node in nodes.values()
        if (node.get("test_metadata") or {}).get("name") == "unique_key"
    }
    return CompiledProject(
        fingerprint=fingerprint,
        models=tuple(
            _read_model(nodes[unique_id], names, keys.get(unique_id, ()))
            for unique_id in _in_order(nodes)
        ),
        sources=tuple(
            Source(node["source_name"], node["name"], node["relation_name"])
            for node in manifest["sources"].values()
            if node["schema"] == "mirror" and "__" not in node["source_name"]
        ),
        tests=tuple(
            _read_test(node, nodes) for node in nodes.values() if node["resource_type"] == "test"
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


def _read_test(node: Mapping[str, Any], nodes: Mapping[str, Any]) -> Test:
    of = nodes.get(node.get("attached_node") or "")
    return Test(
        name=node["name"],
        sql=node["compiled_code"],
        model=(of["schema"], of["alias"]) if of else None,
        column=node.get("column_name"),
        kind=(node.get("test_metadata") or {}).get("name") or node["name"],
    )


def _read_model(node: Mapping[str, Any], names: Mapping[str, str], key: tuple[str, ...]) -> Model:
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
        description=node["description"],
        owner=node["config"]["meta"].get("owner"),
        key=key,
        notes=tuple(
            ColumnNote(
                column["name"],
                column["description"] or None,
                column["config"]["meta"].get("pii"),
            )
            for column in node["columns"].values()
            if column["data_type"]
        ),
    )
