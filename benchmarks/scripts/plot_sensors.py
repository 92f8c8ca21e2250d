"""Draw a chart of each sensor's series into a folder of PNG files.

needs: matplotlib, numpy
hot: 43
parallel: external
reason: each sensor has a figure and a file of its own (pyplot's global state forbids threads)
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

SENSORS = 20
POINTS = 2000


def series(number):
    rng = np.random.default_rng(100 + number)
    return np.cumsum(rng.normal(size=POINTS)) + 10 * np.sin(np.arange(POINTS) / (20 + number))


def draw(number, values, target):
    fig, (top, bottom) = plt.subplots(2, 1, figsize=(8, 6))
    top.plot(values, lw=0.7, label="measured")
    top.plot(np.convolve(values, np.ones(50) / 50, mode="same"), label="smoothed")
    top.set_title(f"sensor {number}")
    top.legend(loc="upper left")
    bottom.hist(values, bins=60, color="tab:green")
    bottom.set_xlabel("value")
    fig.savefig(target, dpi=80)
    plt.close(fig)


def main():
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "charts")
    out.mkdir(exist_ok=True)
    for number in range(SENSORS):
        values = series(number)
        target = out / f"sensor{number:02}.png"
        draw(number, values, target)
        print(f"{target}: {values.min():.2f} to {values.max():.2f}")


if __name__ == "__main__":
    main()
