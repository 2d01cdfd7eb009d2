"""Online Retail's own faults: what silver says of its lines, against labels made without silver.

Labels, line by line: a line that gives money back (pieces below zero at a price) is a cancellation;
one for nothing that names a customer is a free item, one that names nobody is an entry of the stock
books; `Adjust bad debt` is the accountants'; a stock code of the hand-made list below is no goods.
Silver goes by other signs: the document's letter, what else is in the order, the product's name.
"""

from __future__ import annotations

from pathlib import Path

from aethermart.packs import load
from aethermart.packs.load import load_shipped
from aethermart.packs.pack import Shop
from aethermart.warehouse.compile import compile_warehouse
from aethermart.warehouse.swap import swap
from benchmarks.cleansing_score import Score
from benchmarks.memory_lake import memory_lake

_PARQUET = Path(load.__file__).parent / "online_retail" / "online_retail.parquet"
# All 34 codes of other than five digits and a letter were read by eye; DCGS… and PADS are goods.
NOT_GOODS = (
    "POST", "DOT", "C2", "M", "m", "D", "S", "BANK CHARGES", "AMAZONFEE", "CRUK",
    "gift_0001_10", "gift_0001_20", "gift_0001_30", "gift_0001_40", "gift_0001_50",
)  # fmt: skip
_LABELLED = f"""
SELECT
  CAST(line_number AS VARCHAR) AS row_key,
  CASE
    WHEN Description = 'Adjust bad debt' THEN 'accounting adjustment'
    WHEN pieces < 0 AND price > 0 THEN 'cancellation'
    WHEN StockCode IN ({", ".join(f"'{code}'" for code in NOT_GOODS)}) THEN 'no goods'
    WHEN price = 0 AND CustomerID <> '' THEN 'free item'
    WHEN price = 0 THEN 'stock entry'
  END AS kind
FROM (
  SELECT
    *,
    TRY_CAST(Quantity AS BIGINT) AS pieces,
    TRY_CAST(UnitPrice AS DECIMAL(18,4)) AS price
  FROM mirror.online_retail__lines
) AS lines
"""
_SAID = """
SELECT row_key, 'accounting adjustment' AS kind FROM silver.quarantine
WHERE rule = 'accounting_adjustment'
UNION ALL
SELECT return_id, 'cancellation' FROM silver.returns
UNION ALL
SELECT row_key, CASE finding
  WHEN 'not_goods' THEN 'no goods'
  WHEN 'free_item' THEN 'free item'
  ELSE 'stock entry'
END
FROM staging.doubtful_lines
"""


def online_retail_scores(folder: Path) -> dict[str, Score]:
    shop = Shop("online_retail", load_shipped("online_retail"))
    compiled = compile_warehouse([shop], folder / "retail", folder / "logs")
    with memory_lake(shop) as memory:
        memory.execute(
            "INSERT INTO mirror.online_retail__lines SELECT file_row_number + 1, "
            "* EXCLUDE (file_row_number), file_row_number, now(), 1 "
            "FROM read_parquet(?, file_row_number = true)",
            [str(_PARQUET)],
        )
        swap(memory, compiled)
        memory.execute(f"CREATE TEMP TABLE labelled AS {_LABELLED}")
        memory.execute(f"CREATE TEMP TABLE said AS {_SAID}")
        rows = memory.execute(
            "SELECT kind, SUM(is_label), SUM(is_said), SUM(is_label * is_said) FROM ("
            " SELECT kind, row_key, MAX(label) AS is_label, MAX(said) AS is_said FROM ("
            "  SELECT kind, row_key, 1 AS label, 0 AS said FROM labelled WHERE kind IS NOT NULL"
            "  UNION ALL SELECT kind, row_key, 0, 1 FROM said) AS both_sides"
            " GROUP BY kind, row_key) AS lines GROUP BY kind ORDER BY kind"
        ).fetchall()
    return {
        kind: Score(int(label), int(said), int(both), int(both), int(both))
        for kind, label, said, both in rows
    }
