"""Draw the Mandelbrot set row by row and print a checksum and a small picture of it.

All the time goes into the escape-time loop of escape_row, plain float arithmetic in the
interpreter. No row reads another one, so the rows can be computed in any order and stored in
theirs; threads would only take turns at the interpreter lock. Fork worker processes, with rows
handed out in small groups, because those through the middle of the set cost far more.
"""
# expect: bound = "compute", kind = "python", hotspot = "escape_row", loop = "for y in range(height)", verdict = "safe", strategy = "fork", size = "480"

import sys
import zlib

LIMIT = 250
SHADES = " .:-=+*%#@"


def escape_row(y: int, width: int, height: int, limit: int) -> list[int]:
    """Return the number of steps each point of row y takes to leave the circle of radius 2."""
    c_imag = 2.4 * y / height - 1.2
    row = []
    for x in range(width):
        c_real = 3.2 * x / width - 2.2
        real = 0.0
        imag = 0.0
        steps = 0
        while steps < limit:
            real_squared = real * real
            imag_squared = imag * imag
            if real_squared + imag_squared > 4.0:
                break
            imag = 2.0 * real * imag + c_imag
            real = real_squared - imag_squared + c_real
            steps += 1
        row.append(steps)
    return row


def picture(rows: list[list[int]], columns: int = 64, lines: int = 22) -> str:
    """Return a small view of the set, one character for a block of points."""
    text = []
    for line in range(lines):
        row = rows[line * len(rows) // lines]
        cells = (row[column * len(row) // columns] for column in range(columns))
        text.append("".join(SHADES[min(cell // 3, len(SHADES) - 1)] for cell in cells).rstrip())
    return "\n".join(text)


def checksum(rows: list[list[int]]) -> int:
    """Return the CRC of all the rows, first to last."""
    crc = 0
    for row in rows:
        crc = zlib.crc32(bytes(row), crc)
    return crc


def main() -> None:
    """Compute the rows of the picture, then print it."""
    height = int(sys.argv[1]) if len(sys.argv) > 1 else 480
    width = height * 4 // 3
    rows = []
    for y in range(height):
        rows.append(escape_row(y, width, height, LIMIT))
    print(picture(rows))
    print(f"{width} x {height} points, checksum {checksum(rows):08x}")


if __name__ == "__main__":
    main()
