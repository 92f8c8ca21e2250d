"""Answers questions about sales with joins over an in-memory database.

kind: native_nogil
bound: compute
reason: Modules/_sqlite releases the lock around sqlite3_step, and here each step groups hundreds
  of thousands of rows; two threads took 1.07x the time of one.
"""

import sqlite3

SCHEMA = """
    create table sale (
        id integer primary key, product integer, shop integer, day integer, cents integer
    );
    create table product (id integer primary key, name text, family integer);
    create table shop (id integer primary key, city text);
"""
FILL = """
    with recursive n(i) as (select 0 union all select i + 1 from n where i < ?)
    insert into sale select i, i * 7919 % 500, i * 31 % 40, i % 365, i * 104729 % 10000 from n
"""
QUESTIONS = {
    "best city": """
        select city, sum(cents) from sale join shop on shop.id = sale.shop
        group by city order by 2 desc, 1 limit 1
    """,
    "best family": """
        select family, count(*) from sale join product on product.id = sale.product
        where cents > 4000 group by family order by 2 desc, 1 limit 1
    """,
    "wildest product": """
        select product, max(spread) from (
            select product, max(month) - min(month) as spread from (
                select product, day / 30 as d, sum(cents) as month from sale group by product, d
            ) group by product
        )
    """,
}


def load(connection, sales):
    connection.executescript(SCHEMA)
    products = ((n, f"product {n}", n % 17) for n in range(500))
    connection.executemany("insert into product values (?, ?, ?)", products)
    connection.executemany(
        "insert into shop values (?, ?)", ((n, f"city {n % 9}") for n in range(40))
    )
    connection.execute(FILL, (sales,))


def main():
    connection = sqlite3.connect(":memory:")
    load(connection, 870_000)
    for question, query in QUESTIONS.items():
        print(f"{question}:", *connection.execute(query).fetchall())
    connection.close()


if __name__ == "__main__":
    main()
