"""Report sales by region from an SQLite database in memory.

The time goes into SQLite, which runs each query in C with the interpreter lock released. Still
the loop over the regions cannot be split as it stands: all queries share one connection, whose
own lock lets one run at a time, and a database in memory cannot be opened a second time by
other threads or processes. Leave the loop alone; one query with GROUP BY region, or an index,
is what helps.
"""
# expect: bound = "compute", kind = "native_nogil", hotspot = "region_report", loop = "for region in REGIONS", verdict = "unsafe", strategy = "none", size = "250000"

import sqlite3
import sys
from collections.abc import Iterator

REGIONS = [
    "Alps", "Baltic", "Black Forest", "Danube", "Eifel", "Franconia", "Harz", "Hunsrueck",
    "Moselle", "Palatinate", "Rhine", "Rhoen", "Ruhr", "Saxony", "Spessart", "Swabia",
]
PRODUCTS = 400

SCHEMA = """
CREATE TABLE sales (
    id INTEGER PRIMARY KEY, region TEXT, product INTEGER, month INTEGER, amount INTEGER
)
"""

TOTALS = """
SELECT count(*), sum(amount), max(amount), count(DISTINCT product) FROM sales WHERE region = ?
"""

MEDIAN = """
SELECT amount FROM sales WHERE region = ?1 ORDER BY amount
LIMIT 1 OFFSET (SELECT count(*) / 2 FROM sales WHERE region = ?1)
"""

BEST_PRODUCT = """
SELECT product, sum(amount) AS total FROM sales WHERE region = ?
GROUP BY product ORDER BY total DESC, product LIMIT 1
"""

BEST_MONTH = """
WITH ranked AS (
    SELECT month, amount, row_number() OVER (PARTITION BY month ORDER BY amount DESC, id) AS place
    FROM sales WHERE region = ?
)
SELECT month, sum(amount) AS total FROM ranked WHERE place <= 100
GROUP BY month ORDER BY total DESC, month LIMIT 1
"""


def sales(count: int) -> Iterator[tuple[str, int, int, int]]:
    """Yield made-up sales: region, product, month and amount in cents."""
    state = 12345
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2147483648
        number = state >> 8
        region = REGIONS[number % len(REGIONS)]
        yield region, number // 16 % PRODUCTS, number // 128 % 12 + 1, number % 99991 + 100


def open_database(count: int) -> sqlite3.Connection:
    """Return a connection to a new database in memory with `count` sales in it."""
    connection = sqlite3.connect(":memory:")
    connection.execute(SCHEMA)
    connection.executemany(
        "INSERT INTO sales (region, product, month, amount) VALUES (?, ?, ?, ?)", sales(count)
    )
    connection.commit()
    return connection


def region_report(connection: sqlite3.Connection, region: str) -> str:
    """Return the line of the report about one region."""
    count, total, largest, products = connection.execute(TOTALS, (region,)).fetchone()
    (median,) = connection.execute(MEDIAN, (region,)).fetchone()
    product, _ = connection.execute(BEST_PRODUCT, (region,)).fetchone()
    month, _ = connection.execute(BEST_MONTH, (region,)).fetchone()
    return (
        f"{region:<13}{count:7d} sales of {products} products, {total / 100:14.2f} in all, "
        f"median {median / 100:.2f}, largest {largest / 100:.2f}, "
        f"best product {product}, best month {month}"
    )


def main() -> None:
    """Fill the database and print the report."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 250000
    connection = open_database(count)
    for region in REGIONS:
        print(region_report(connection, region))
    connection.close()


if __name__ == "__main__":
    main()
