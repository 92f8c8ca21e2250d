"""Draws a Julia set with a pool of threads; the main thread only collects the rows.

kind: python
bound: compute
reason: the workers interpret a loop over complex numbers, one at a time under the interpreter
  lock; the main thread's wait for them is not what the time goes for.
"""

from concurrent.futures import ThreadPoolExecutor

WIDTH, HEIGHT = 800, 500
C = complex(-0.8, 0.156)
SHADES = " .:-=+*#%@"


def steps(point, limit=90):
    for n in range(limit):
        if point.real * point.real + point.imag * point.imag > 4.0:
            return n
        point = point * point + C
    return limit


def row(y):
    imag = 2.0 * y / HEIGHT - 1.0
    return [steps(complex(3.2 * x / WIDTH - 1.6, imag)) for x in range(WIDTH)]


def picture(rows):
    lines = []
    for values in rows[::25]:
        lines.append("".join(SHADES[min(v // 8, 9)] for v in values[::10]))
    return "\n".join(lines)


def main():
    with ThreadPoolExecutor(max_workers=4) as pool:
        rows = list(pool.map(row, range(HEIGHT)))
    print(picture(rows))
    print("sum", sum(map(sum, rows)))


if __name__ == "__main__":
    main()
