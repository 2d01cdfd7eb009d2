"""The columns of orders: when, who, in what state, in which currency, and the order's own sums."""

from __future__ import annotations

from collections.abc import Sequence

from aethermart.packs.mapping import fields
from aethermart.packs.mapping.build import Builder
from aethermart.packs.mapping.expressions import case_of, flag_sql, text_literal, text_of, time_sql
from aethermart.packs.mapping.fields import Scored, ranked
from aethermart.packs.mapping.found import Guess, listed
from aethermart.packs.mapping.picking import Picker
from aethermart.packs.mapping.relations import Field, Lookup, Pivot, Relation
from aethermart.packs.mapping.statuses import Understood, understand
from aethermart.packs.mapping.values import currencies_in, known

# Words of a time that is not the order's own beginning.
_NOT_PLACED = frozenset(
    "updated deleted cancelled shipped delivered paid payment refund return due required shipping"
    " old test customer".split()
)
_UNDERSTOOD = 0.5  # share of a status column's values that must be known words


def fill_orders(
    picker: Picker, builder: Builder, relations: Sequence[Relation], *, whole_orders: bool = True
) -> None:
    """Everything but the key. whole_orders: a row is one order, not one of its lines."""
    mapping, entity = picker.mapping, picker.entity
    if picker.time("ordered_at") is None and not _only_time(picker):
        _no_time(picker)
        return
    mapping.entities["orders"] = entity
    _status(picker, builder)
    _customer(picker)
    _currency(picker)
    picker.time("updated_at", enough=0.6, first=False)
    if picker.text("country", enough=0.5) is None:
        mapping.todo("orders", "no column of the order says its country", "country")
    picker.text("city")
    _channel(picker)
    if not entity.grouped_by:
        for column in ("shipping_amount", "tax_amount", "total_amount"):
            picker.money(column)
    picker.soft_deletes()
    _test_orders(picker)


def _only_time(picker: Picker) -> bool:
    """Whatever its name: where an order has one time alone, that is when it was made."""
    found = [
        f
        for f in picker.relation.fields.values()
        if f.join is None
        and f.kind.kind in ("timestamp", "date", "text")
        and known(f.values)
        and fields.time(f) > 0.9
        and not _NOT_PLACED & set(f.concepts)
    ]
    sql = time_sql(picker.aliases.column(found[0]), found[0]) if len(found) == 1 else None
    if sql is None:
        return False
    picker.put("ordered_at", sql, Scored(found[0], 0.55), aggregate="MIN")
    picker.mapping.note("orders", f"{found[0].name} is its only time: taken for when it was placed")
    return True


def _no_time(picker: Picker) -> None:
    """Why: no name like it, a name without readable values, or a name too far off."""
    found = ranked(
        picker.relation, "orders", "ordered_at", lambda f: max(fields.time_of_order(f), 0.3)
    )
    own = [s.field for s in found if not isinstance(s.field.join, Lookup)]
    best = "no column looks like it"
    if own and fields.time(own[0]) > 0.9:
        best = f"{own[0].name} is a time, and nothing says of what"
    elif own:
        best = f"{own[0].name} cannot be read as a time"
    picker.mapping.todo("orders", f"when an order was placed is not told: {best}", "ordered_at")


def _channel(picker: Picker) -> None:
    def words(field: Field) -> float:
        there = {str(v) for v in known(field.values)}
        return fields.text(field) if len(there) <= 30 else 0.0

    picker.text("channel", fits=words, enough=0.6)


def _customer(picker: Picker) -> None:
    relation = picker.relation
    # `partner_id` before `partner_shipping_id`.
    for link in sorted(relation.links, key=lambda k: len(relation.fields[k.column].concepts)):
        if "customer" in relation.fields[link.column].concepts:
            column = relation.fields[link.column]
            sql = picker.own(link.column)
            sql = f"NULLIF({sql}, 0)" if column.kind.kind == "integer" else text_of(sql, column)
            score = Scored(column, 0.95 if link.declared else 0.9)
            picker.put("customer_id", sql, score)
            return
    for field in relation.fields.values():
        about = set(field.concepts)
        if "customer" in about and about & {"id", "key", "number", "code"} | ({"customer"} & about):
            if isinstance(field.join, Lookup) or not fields.anything(field):
                continue
            extra = about - {"customer", "id", "key", "number", "code", "meta"}
            if extra:
                continue
            sql = text_of(picker.aliases.column(field), field)
            if picker.reaches(field.join):
                # 0 is how many shops write a guest.
                picker.put("customer_id", f"NULLIF({sql}, '0')", Scored(field, 0.7))
                return
    picker.mapping.todo("orders", "no column names the customer", "customer_id")


def _currency(picker: Picker) -> None:
    if picker.code("currency") is not None:
        return
    picker.entity.columns["currency"] = Guess(
        "{{ shop_currency(shop) }}",
        0.9 if picker.mapping.currency.known else 0.0,
        "the shop's currency",
    )
    lines = [f for f in picker.relation.fields.values() if len(currencies_in(f.values)) > 1]
    if lines:
        picker.mapping.todo(
            "orders",
            f"{lines[0].name} holds several currencies, but is not the order's",
            "currency",
        )


def _test_orders(picker: Picker) -> None:
    if picker.entity.grouped_by:
        return
    scored = picker.best("is_test", fields.flag)
    if scored is not None:
        picker.entity.extra["_test"] = flag_sql(picker.aliases.column(scored.field), scored.field)
        picker.taken.append(scored.field)
        picker.add_rule("test_order", "_test")
        picker.mapping.note("orders", f"orders that {scored.field.name} marks are quarantined")


def _status(picker: Picker, builder: Builder) -> None:
    """The column most of whose values are known words; else what dates of the order tell."""
    tried: list[tuple[float, Scored, Understood]] = []
    for scored in ranked(picker.relation, "orders", "status", _status_like):
        if scored.score < 0.4:
            continue
        values = _all_values(scored.field, picker.relation, builder)
        found = understand(values, scored.field.comment)
        if values and len(values) <= 60:
            tried.append((found.share * scored.score, scored, found))
    tried.sort(key=lambda t: -t[0])
    for _, scored, found in tried:
        if found.share >= _UNDERSTOOD and picker.reaches(scored.field.join):
            _write_status(picker, scored, found)
            return
    if _status_by_dates(picker):
        return
    if tried:
        _, scored, found = tried[0]
        picker.mapping.todo(
            "orders",
            f"{scored.field.name} holds {listed(sorted(found.unknown))}, which say nothing to us: "
            "write the CASE in stg_orders.sql",
            "status",
        )
    else:
        picker.mapping.todo("orders", "no column looks like an order's status", "status")


def _status_like(field: Field) -> float:
    if field.kind.kind in ("text", "integer"):
        return 1.0
    return 0.0


def _all_values(field: Field, relation: Relation, builder: Builder) -> list[str]:
    where = None
    if field.join is None and relation.where is not None:
        where = (relation.where.column, relation.where.values)
    table = relation.table.name if field.join is None else field.join.table
    if isinstance(field.join, Lookup) and field.join.where is not None:
        language, spoken = field.join.where
        where = (language, (spoken,))
    if isinstance(field.join, Pivot):
        found = {str(v) for v in known(field.values)}
    else:
        found = {
            str(v) for v, _ in builder.peek.distinct(table, field.column, where) if v is not None
        }
    return sorted(v for v in found if v.strip())


def _write_status(picker: Picker, scored: Scored, found: Understood) -> None:
    column = picker.aliases.column(scored.field)
    if scored.field.kind.kind != "text":
        column = f"CAST({column} AS VARCHAR)"
    sql = case_of(column, found.meanings)
    join = scored.field.join
    if isinstance(join, Lookup):
        # A code without a name is known to nobody: it stays a code, and the order is quarantined.
        code = f"CAST({picker.own(join.own)} AS VARCHAR)"
        sql = sql.replace(
            f"ELSE NULLIF({column}, '')", f"ELSE COALESCE(NULLIF({column}, ''), {code})"
        )
        _nameless(picker, scored.field, join)
    cancelled = picker.best("cancelled_at", fields.flag_or_time)
    if cancelled is not None and cancelled.field is not scored.field:
        flag = flag_sql(picker.aliases.column(cancelled.field), cancelled.field)
        sql = sql.replace("CASE\n", f"CASE\n    WHEN {flag} THEN 'CANCELLED'\n", 1)
    picker.put(
        "status", sql, Scored(scored.field, round(scored.score * (0.6 + 0.4 * found.share), 2))
    )
    if found.not_placed:
        values = ", ".join(text_literal(v) for v in found.not_placed)
        picker.add_rule("not_placed", f"status IN ({values})")
        picker.mapping.note(
            "orders", f"{listed(found.not_placed)} is no order yet: quarantined as not_placed"
        )
        _when_completed(picker, scored.field, set(found.not_placed))
    if found.unknown:
        picker.mapping.todo(
            "orders",
            f"status {listed(found.unknown)} means nothing to us: orders in it are quarantined "
            "(order_status_known) until the CASE in stg_orders.sql names it",
        )


def _when_completed(picker: Picker, status: Field, not_placed: set[str]) -> None:
    """Where carts alone have no time of completion, it is when a cart became an order."""
    if picker.entity.grouped_by:
        return
    carts = [str(v) in not_placed for v in status.values]
    for field in picker.relation.fields.values():
        if field.join is None and set(field.concepts) in ({"completed", "at"}, {"completed"}):
            empty = [v is None or v == "" for v in field.values]
            sql = time_sql(picker.aliases.column(field), field)
            if any(carts) and empty == carts and fields.time(field) > 0.9 and sql is not None:
                picker.put("ordered_at", sql, Scored(field, 0.85))
                return


def _nameless(picker: Picker, field: Field, join: Lookup) -> None:
    codes = picker.relation.fields[join.own].values
    nameless = {
        str(code)
        for code, name in zip(codes, field.values, strict=True)
        if code is not None and not name
    }
    if nameless:
        picker.mapping.todo(
            "orders",
            f"{join.own} {listed(sorted(nameless))} has no name in {join.table}: orders in it are "
            "quarantined (order_status_known) until the CASE in stg_orders.sql names it",
        )


def _status_by_dates(picker: Picker) -> bool:
    """An order with a date of delivery is delivered: CANCELLED before all others."""
    arms = []
    used: list[Scored] = []
    for column, status in (
        ("cancelled_at", "CANCELLED"),
        ("delivered_at", "DELIVERED"),
        ("shipped_at", "SHIPPED"),
        ("paid_at", "PAID"),
    ):
        scored = picker.best(column, fields.flag_or_time, enough=0.7)
        if scored is not None and scored.field.join is None:
            flag = flag_sql(picker.aliases.column(scored.field), scored.field)
            arms.append(f"    WHEN {flag} THEN '{status}'")
            used.append(scored)
    if not arms:
        return False
    sql = "CASE\n" + "\n".join(arms) + "\n    ELSE 'PENDING'\n  END"
    picker.put("status", sql, Scored(used[0].field, 0.7))
    names = listed([s.field.name for s in used])
    picker.mapping.note("orders", f"there is no status column: the status is told by {names}")
    if all("CANCELLED" not in arm for arm in arms):
        picker.mapping.note("orders", "nothing tells a cancelled order: all orders count")
    return True
