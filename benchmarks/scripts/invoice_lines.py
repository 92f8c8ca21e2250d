"""Turn a table of deliveries into invoice lines and print the totals by customer.

needs: pandas, numpy
hot: 48
parallel: yes
reason: each row makes one line of its own, appended in order
"""

import numpy as np
import pandas as pd

DELIVERIES = 8000
TARIFF = [(5, 4.90), (20, 7.50), (60, 12.90), (150, 24.00), (10**9, 49.00)]


def make_deliveries():
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "customer": rng.integers(1, 9, DELIVERIES),
            "weight": rng.uniform(0.2, 200, DELIVERIES).round(1),
            "distance": rng.integers(3, 1900, DELIVERIES),
            "express": rng.random(DELIVERIES) < 0.15,
        }
    )


def fuel_cost(weight, distance):
    cost = 0.0
    load = weight
    for kilometre in range(distance):
        slope = (kilometre * 7919) % 13 - 6
        cost += 0.0011 * (1 + load / 500) * (1 + max(slope, 0) / 20)
        load *= 0.9999
    return cost


def base_price(weight):
    for limit, price in TARIFF:
        if weight <= limit:
            return price
    raise ValueError(f"no tariff for {weight} kg")


def main():
    deliveries = make_deliveries()
    lines = []
    for number, row in deliveries.iterrows():
        price = base_price(row["weight"]) + fuel_cost(row["weight"], row["distance"])
        if row["express"]:
            price *= 1.6
        lines.append(
            {"line": number + 1, "customer": row["customer"], "price": round(float(price), 2)}
        )
    invoices = pd.DataFrame(lines)
    for customer, group in invoices.groupby("customer"):
        total = group["price"].sum()
        print(f"customer {customer}: {len(group):5} lines, {total:10.2f}")
    print(f"all: {invoices['price'].sum():.2f}")


if __name__ == "__main__":
    main()
