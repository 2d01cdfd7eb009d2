"""Write warehouse/metrics/compiled.json: the metrics of the dbt project, their SQL by MetricFlow.

The relations of gold are the same in every installation, so the SQL is made here, once, and
shipped: who installs the package, or asks a metric, needs neither MetricFlow nor a compile. Each
input of a metric has one statement for the whole and one for each dimension and grain. Shop, bounds
and the values it is narrowed by are parameters; one that is NULL does not narrow. Where day totals
can tell the input, its statements are made over them as well.

MetricFlow divides as floats, so ratios are divided by the platform (`query.py`), from their inputs.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from metricflow.engine.metricflow_engine import (
    MetricFlowEngine,
    MetricFlowQueryRequest,
    OutputColumnOrderMode,
)
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from aethermart.packs.load import load_shipped
from aethermart.packs.pack import Shop
from aethermart.warehouse.compile import compile_warehouse
from aethermart.warehouse.metrics.declared import COMPILED, GRAINS
from tools.generated import write_or_check

Json = dict[str, Any]
MADE_BY = f"metricflow {version('metricflow')}"
_ROWS, _UNFILTERED = "_rows", "_unfiltered"
_NAMES = re.compile(r"(?:Dimension|Entity)\('(?:\w+__)?(\w+)'\)")


class _Renderer:
    """What MetricFlow wants of a database, as far as it is asked to explain and never to run."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        return f"${bind_parameter_key}"


@dataclass(frozen=True)
class _Input:
    """A simple metric, under conditions beyond its own where a ratio adds them."""

    metric: str
    conditions: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return " and ".join((self.metric, *self.conditions))


class SemanticProject:
    """dbt's manifests of a compiled project, as MetricFlow and this tool read them."""

    def __init__(self, target: Path) -> None:
        semantic: Json = json.loads((target / "semantic_manifest.json").read_text(encoding="utf-8"))
        nodes: Json = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
        kept = {n["alias"] for n in nodes.values() if n["config"].get("meta", {}).get("kept_by")}
        for model in semantic["semantic_models"]:
            name = model["node_relation"]["alias"]
            table = name.removeprefix("v_") if name in kept else name
            model["node_relation"] = {"alias": table, "schema_name": "gold", "database": None}
            model["node_relation"]["relation_name"] = f"gold.{table}"
        self.manifest = semantic
        self.models: dict[str, Json] = {m["name"]: m for m in semantic["semantic_models"]}
        self.metrics: dict[str, Json] = {m["name"]: m for m in semantic["metrics"]}
        self._model_of = {
            measure["name"]: model
            for model in self.models.values()
            for measure in model["measures"]
        }

    @property
    def fingerprint(self) -> str:
        """SHA-256 over what is declared and how it is compiled, MetricFlow's version included."""
        declared = [self.manifest["semantic_models"], self.manifest["metrics"]]
        of = [MADE_BY, Path(__file__).read_text(encoding="utf-8"), declared]
        return hashlib.sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()

    def model_of(self, metric: str) -> Json:
        return self._model_of[self.metrics[metric]["type_params"]["measure"]["name"]]

    def inputs(self, metric: Json) -> tuple[_Input, ...]:
        if metric["type"] == "simple":
            return (_Input(metric["name"]),)
        shared = _conditions(metric)
        parts = (metric["type_params"][part] for part in ("numerator", "denominator"))
        return tuple(_Input(part["name"], (*shared, *_conditions(part))) for part in parts)

    def dimensions(self, metric: Json) -> tuple[str, ...]:
        """As it says itself; a ratio else what its inputs share, but none that lifts a filter."""
        own = _meta(metric).get("by")
        if own is not None or metric["type"] == "simple":
            return tuple(own or ())
        numerator, *others = (self.metrics[part.metric] for part in self.inputs(metric))
        shared = list(self.dimensions(numerator))
        for other in others:
            lifted = _meta(other).get("unfiltered_by", ())
            shared = [n for n in shared if n in self.dimensions(other) and n not in lifted]
        return tuple(shared)


def compiled(project: SemanticProject) -> Json:
    """The content of compiled.json."""
    shown = [metric for metric in project.metrics.values() if "unit" in _meta(metric)]
    asked: dict[_Input, tuple[set[str], set[str]]] = {}
    for metric in shown:
        for part in project.inputs(metric):
            dimensions, grains = asked.setdefault(part, (set(), set()))
            dimensions.update(project.dimensions(metric))
            grains.update(_grains(metric))
    lines, totals = _Compiler(project.manifest), _Compiler(_over_day_totals(project))
    return {
        "made_by": MADE_BY,
        "fingerprint": project.fingerprint,
        "day_totals": [_totals(model) for model in project.models.values() if _totals(model)],
        "metrics": [
            {
                **{name: metric[name] for name in ("name", "label", "description")},
                "unit": _meta(metric)["unit"],
                "dimensions": project.dimensions(metric),
                "grains": _grains(metric),
                "inputs": [part.key for part in project.inputs(metric)],
            }
            for metric in shown
        ],
        "inputs": {
            part.key: _input(project, lines, totals, part, sorted(dimensions), sorted(grains))
            for part, (dimensions, grains) in asked.items()
        },
    }


def _input(
    project: SemanticProject,
    lines: _Compiler,
    totals: _Compiler,
    part: _Input,
    dimensions: Sequence[str],
    grains: Sequence[str],
) -> Json:
    model, meta = project.model_of(part.metric), _meta(project.metrics[part.metric])
    known = totals.model(model["name"])
    of_totals = {}
    if known and _can_tell(known, part.conditions):
        told = [name for name in dimensions if _named(known, name)]
        of_totals = totals.statements(part, model["name"], told, grains)
    return {
        "table": model["node_relation"]["alias"],
        "needs": meta.get("needs") or _meta(model)["made_of"],
        "lines": lines.statements(part, model["name"], dimensions, grains),
        "totals": of_totals,
    }


class _Compiler:
    """MetricFlow over one semantic manifest."""

    def __init__(self, manifest: Json) -> None:
        self._manifest = copy.deepcopy(manifest)
        metrics = self._manifest["metrics"]
        self._lifting = {m["name"]: _meta(m).get("unfiltered_by", ()) for m in metrics}
        metrics += [
            {**copy.deepcopy(metric), "name": metric["name"] + _UNFILTERED, "filter": None}
            for metric in metrics
            if self._lifting[metric["name"]]
        ]
        self._names = {metric["name"] for metric in metrics}
        self._engine = engine(self._manifest)

    def model(self, name: str) -> Json | None:
        return next((m for m in self._manifest["semantic_models"] if m["name"] == name), None)

    def statements(
        self, part: _Input, model_name: str, dimensions: Sequence[str], grains: Sequence[str]
    ) -> dict[str, str]:
        """What it is split by ("" for the whole) -> SQL: currency, the key if any, the value."""
        model = self.model(model_name)
        if model is None or part.metric not in self._names:
            return {}
        conditions = [*_bounds(model), *_narrowing(model, dimensions)]
        found = {}
        for by in ("", *dimensions, *grains):
            lifted = by in self._lifting[part.metric]
            names = [f"{part.metric}{rows}{_UNFILTERED if lifted else ''}" for rows in ("", _ROWS)]
            found[by] = self._sql(
                [name for name in names if name in self._names],
                ["currency", *_key(model, by)],
                [*part.conditions, *conditions],
            )
        return found

    def _sql(self, metrics: list[str], group_by: list[str], conditions: list[str]) -> str:
        explained = self._engine.explain(
            MetricFlowQueryRequest.create(
                metric_names=metrics,
                group_by_names=group_by,
                where_constraints=conditions,
                output_column_order_mode=OutputColumnOrderMode.INPUT_ORDER,
            )
        )
        lines = (line.strip() for line in explained.sql_statement.sql.splitlines())
        return " ".join(line for line in lines if not line.startswith("--"))


def engine(semantic_manifest: Json) -> MetricFlowEngine:
    """MetricFlow over dbt's semantic manifest: it writes SQL for DuckDB and runs none."""
    parsed = parse_manifest_from_dbt_generated_manifest(json.dumps(semantic_manifest))
    return MetricFlowEngine(SemanticManifestLookup(parsed), _Renderer())


def _key(model: Json, by: str) -> list[str]:
    if not by:
        return []
    return [f"metric_time__{by}" if by in GRAINS else _group_by(model, by)]


def _bounds(model: Json) -> Iterator[str]:
    yield "{{ Entity('shop') }} = $shop"
    day = model["defaults"]["agg_time_dimension"]
    date = f"{{{{ TimeDimension('{_group_by(model, day)}', 'day') }}}}"
    instant = _meta(model).get("instant")
    exact = f"{{{{ Dimension('{_group_by(model, instant)}') }}}}" if instant else date
    yield f"$since IS NULL OR {date} >= $since"
    yield f"$until IS NULL OR {date} < $until"
    if not _is_totals(model):
        yield f"$since_at IS NULL OR {exact} >= $since_at"
        yield f"$until_at IS NULL OR {exact} < $until_at"


def _narrowing(model: Json, dimensions: Iterable[str]) -> Iterator[str]:
    for name in dimensions:
        kind = "Dimension" if "__" in _group_by(model, name) else "Entity"
        yield f"${name} IS NULL OR {{{{ {kind}('{_group_by(model, name)}') }}}} = ${name}"


def _group_by(model: Json, name: str) -> str:
    """MetricFlow's name of an entity or dimension."""
    if any(entity["name"] == name for entity in model["entities"]):
        return name
    primary = next(e["name"] for e in model["entities"] if e["type"] == "primary")
    return f"{primary}__{name}"


def _named(model: Json, name: str) -> bool:
    return any(name == each["name"] for each in (*model["entities"], *model["dimensions"]))


def _over_day_totals(project: SemanticProject) -> Json:
    """The manifest as far as the day totals can tell it, and of each metric its rows beside it.

    A key whose rows have come to none is none: the platform leaves it out.
    """
    models = {name: _as_totals(m) for name, m in project.models.items() if _totals(m)}
    rows_of = {m["name"]: f"{name}{_ROWS}" for name in models for m in models[name]["measures"]}
    for name, model in models.items():
        model["measures"].append(_sum(f"{name}{_ROWS}", "rows"))
    told = [
        metric
        for metric in project.metrics.values()
        if metric["type"] == "simple"
        and metric["type_params"]["measure"]["name"] in rows_of
        and _can_tell(models[project.model_of(metric["name"])["name"]], _conditions(metric))
    ]
    return {
        **project.manifest,
        "semantic_models": list(models.values()),
        "metrics": [each for metric in told for each in (metric, _rows_of(metric, rows_of))],
    }


def _rows_of(metric: Json, rows_of: Mapping[str, str]) -> Json:
    measured = metric["type_params"]
    measure = {**measured["measure"], "name": rows_of[measured["measure"]["name"]]}
    return {
        **metric,
        "name": metric["name"] + _ROWS,
        "type_params": {**measured, "measure": measure, "input_measures": [measure]},
    }


def _can_tell(totals: Json, conditions: Iterable[str]) -> bool:
    asked = (name for text in conditions for name in _NAMES.findall(text))
    return all(_named(totals, name) for name in asked)


def _as_totals(model: Json) -> Json:
    totals, relation = _totals(model), model["node_relation"]
    table = f"{relation['alias']}_by_day"
    there = {"shop", totals["date"], *totals["by"]}
    return {
        **model,
        "node_relation": {**relation, "alias": table, "relation_name": f"gold.{table}"},
        "entities": [
            entity
            for entity in model["entities"]
            if entity["type"] == "primary" or _column(entity) in there
        ],
        "dimensions": [d for d in model["dimensions"] if _column(d) in there],
        "measures": [
            measure if measure["agg"] == "sum" else _sum(measure["name"], "rows")
            for measure in model["measures"]
            if (measure["agg"], measure["expr"]) == ("count", "1")
            or (measure["agg"] == "sum" and _column(measure) in totals["sums"])
        ],
    }


def _is_totals(model: Json) -> bool:
    return str(model["node_relation"]["alias"]).endswith("_by_day")


def _sum(name: str, expression: str) -> Json:
    return {"name": name, "agg": "sum", "expr": expression, "description": None}


def _totals(model: Json) -> Json:
    declared: Json | None = _meta(model).get("day_totals")
    if not declared:
        return {}
    day = model["defaults"]["agg_time_dimension"]
    date = next(_column(d) for d in model["dimensions"] if d["name"] == day)
    return {"table": model["node_relation"]["alias"], "date": date, **declared}


def _column(element: Json) -> str:
    return str(element["expr"] or element["name"])


def _meta(element: Json) -> Json:
    meta: Json = (element.get("config") or {}).get("meta") or {}
    return meta


def _grains(metric: Json) -> tuple[str, ...]:
    return tuple(_meta(metric).get("grains") or GRAINS)


def _conditions(filtered: Json) -> tuple[str, ...]:
    filters = (filtered.get("filter") or {}).get("where_filters", ())
    return tuple(each["where_sql_template"] for each in filters)


def render() -> str:
    """compiled.json from a project of the shipped models, compiled in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        compile_warehouse([Shop("aethermart", load_shipped("aethermart"))], home, home / "logs")
        return text(home / "project" / "target")


def text(target: Path) -> str:
    """compiled.json from the folder into which dbt compiled a project."""
    return json.dumps(compiled(SemanticProject(target)), indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(write_or_check(COMPILED, render))
