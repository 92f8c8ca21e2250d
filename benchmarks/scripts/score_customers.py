"""Give every customer of a table a score and show the best of each region.

needs: pandas, numpy
hot: 45
parallel: yes
reason: the score of a row is computed from that row alone (the loop is inside of pandas)
"""

import math

import numpy as np
import pandas as pd

ROWS = 10_000


def make_customers(rows):
    rng = np.random.default_rng(11)
    return pd.DataFrame(
        {
            "customer": np.arange(1000, 1000 + rows),
            "region": rng.choice(["north", "south", "east", "west"], rows),
            "age": rng.integers(18, 90, rows),
            "orders": rng.integers(1, 60, rows),
            "spent": rng.gamma(2.0, 180.0, rows).round(2),
        }
    )


def lifetime_value(row):
    value = 0.0
    keep = 0.995 - 0.2 / row["orders"]
    alive = 1.0
    monthly = row["spent"] / 12
    age = row["age"]
    for month in range(720):
        alive *= keep
        season = 1 + 0.2 * math.sin(month * math.pi / 6)
        age += 1 / 12
        value += alive * monthly * season / 1.004**month * math.exp(-((age / 95) ** 8))
    return round(value, 2)


customers = make_customers(ROWS)
customers["score"] = customers.apply(lifetime_value, axis=1)

best = customers.sort_values(["score", "customer"], ascending=[False, True])
print(best.groupby("region").head(3).sort_values(["region", "customer"]).to_string(index=False))
print(f"mean {customers['score'].mean():.4f}, highest {customers['score'].max():.2f}")
