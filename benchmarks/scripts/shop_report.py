"""Ask a database of sales for the figures of every product.

needs: nothing
hot: 58
parallel: yes
reason: every query opens a connection of its own and only reads
"""

import random
import sqlite3
import tempfile
from pathlib import Path

PRODUCTS = 80
SALES = 120_000

QUERY = """
    SELECT COUNT(*), SUM(amount * price), AVG(price), MAX(day), COUNT(DISTINCT customer)
    FROM sales
    WHERE product = ? AND (note LIKE '%gift%' OR amount * price > 500)
"""


def create(database):
    rng = random.Random(77)
    bits = rng.getrandbits
    connection = sqlite3.connect(database)
    connection.execute(
        "CREATE TABLE sales (product INT, customer INT, day INT, amount INT, price INT, note TEXT)"
    )
    notes = ["", "gift", "a gift for a friend", "leave at the door", "call first"]
    rows = (
        (bits(16) % PRODUCTS, bits(10), bits(8), 1 + bits(3), 1 + bits(8), notes[bits(8) % 5])
        for _ in range(SALES)
    )
    connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()


def figures(database, product):
    connection = sqlite3.connect(database)
    try:
        result = {}
        for least in (0, 50, 100, 150, 200):
            cursor = connection.execute(QUERY + " AND price >= ?", (product, least))
            result[least] = cursor.fetchone()
        return result
    finally:
        connection.close()


def main():
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "sales.db"
        create(database)
        report = []
        for product in range(PRODUCTS):
            report.append((product, figures(database, product)))
    for product, result in report:
        count, turnover, price, day, customers = result[0]
        dear = result[200][0]
        print(f"{product:3} {count:5} {turnover:9} {price:8.3f} {day:4} {customers:5} {dear:4}")


if __name__ == "__main__":
    main()
