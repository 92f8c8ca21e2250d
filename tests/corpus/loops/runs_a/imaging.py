"""Greyscale pictures as lists of rows and as numpy arrays."""
import math
import numpy as np


def make_picture(h, w, seed):
    rng = np.random.default_rng(seed)
    ys, xs = np.mgrid[0:h, 0:w]
    waves = 120 + 60 * np.sin(xs / 17) + 50 * np.cos(ys / 23)
    return np.clip(waves + rng.normal(0, 9, (h, w)), 0, 255)


def box_blur(img, radius):
    """Blur along the rows and the columns into a new picture."""
    h, w = img.shape
    out = np.zeros_like(img)
    for y in range(h):  # parallel: map
        top, bottom = max(0, y - radius), min(h, y + radius + 1)
        column = img[top:bottom].mean(axis=0)
        padded = np.pad(column, radius, mode="edge")
        acc = np.zeros(w)
        for k in range(2 * radius + 1):
            acc += padded[k:k + w]
        out[y] = acc / (2 * radius + 1)
    return out


def trail_blur(img):
    """Light trails: each row is mixed with the rows above it."""
    for y in range(2, len(img)):  # trap: the rows above have been changed already
        mixed = 0.5 * img[y] + 0.3 * img[y - 1] + 0.2 * img[y - 2]
        for k in range(1, 12):
            mixed = np.maximum(mixed, np.roll(img[y - 1], k) * (0.9 - k * 0.02))
        img[y] = mixed
    return img


def grey_levels(rows, levels):
    counts = [0] * levels
    for row in rows:  # parallel: histogram
        total = 0.0
        edge = 0.0
        for a, b in zip(row, row[1:]):
            total += a
            edge += abs(a - b)
        level = int((total / len(row) + edge / len(row)) * levels / 300)
        counts[min(level, levels - 1)] += 1
    return counts


def gamma_correct(pixels, gamma):
    for i, p in enumerate(pixels):  # parallel: in-place element update
        v = (p / 255) ** gamma
        for _ in range(3):
            v = v + 0.1 * v * (1 - v)
        pixels[i] = round(v * 255)
    return pixels


def dither(rows):
    """Floyd-Steinberg error diffusion."""
    h, w = len(rows), len(rows[0])
    for y in range(h):  # trap: the error of each pixel is pushed into pixels still to come
        for x in range(w):
            old = rows[y][x]
            new = 255 if old > 127 else 0
            rows[y][x] = new
            err = old - new
            if x + 1 < w:
                rows[y][x + 1] += err * 7 / 16
            if y + 1 < h:
                rows[y + 1][x] += err * 5 / 16
                if x > 0:
                    rows[y + 1][x - 1] += err * 3 / 16
                if x + 1 < w:
                    rows[y + 1][x + 1] += err / 16
    return rows


def label_regions(mask):
    h, w = len(mask), len(mask[0])
    labels = [[0] * w for _ in range(h)]
    sizes = []
    for start in range(h * w):  # trap: pixels filled from earlier starts are skipped
        y, x = divmod(start, w)
        if not mask[y][x] or labels[y][x]:
            continue
        stack = [(y, x)]
        labels[y][x] = len(sizes) + 1
        size = 0
        while stack:
            cy, cx = stack.pop()
            size += 1
            for ny, nx in ((cy - 1, cx), (cy + 1, cx), (cy, cx - 1), (cy, cx + 1)):
                if 0 <= ny < h and 0 <= nx < w and mask[ny][nx] and not labels[ny][nx]:
                    labels[ny][nx] = len(sizes) + 1
                    stack.append((ny, nx))
        sizes.append(size)
    return sizes


def paint(canvas, strokes):
    for y in range(len(canvas)):  # trap: the rows of the canvas are one and the same list
        row = canvas[y]
        for x in range(len(row)):
            row[x] = (row[x] * 5 + strokes[(x * y) % len(strokes)]) % 256
    return canvas


def shear(rows):
    """Build each output row from the picture; `view` and `rows` overlap by one row."""
    view = rows[1:]
    for y in range(len(view)):  # trap: view[y] is rows[y + 1], which the next step reads
        shifted = np.roll(rows[y], 3)
        for k in range(19):
            shifted = np.clip(shifted * 1.01 - k * 0.1, 0, 255)
        view[y] = shifted
    return rows


def splat(samples, size):
    """Mix samples into cells; two samples may fall into one cell."""
    cells = [0.0] * size
    for where, value in samples:  # trap: cells[k] is read back, samples may share a cell
        k = where % size
        level = cells[k]
        for _ in range(10):
            level += (value - level) * 0.25 * math.exp(-level / 255)
        cells[k] = level
    return cells


def main():
    img = make_picture(700, 500, 1)
    blurred = box_blur(make_picture(1400, 400, 2), 15)
    trails = trail_blur(img.copy())
    rows = [list(map(float, r)) for r in img]
    counts = grey_levels([r + s for r, s in zip(rows, rows[1:])] + rows[:300], 40)
    pixels = gamma_correct([int(p) for r in rows for p in r][:105000], 0.8)
    dark = dither([r[:400] for r in rows[:350]])
    mask = [[p > 140 for p in r] for r in rows[:280]]
    sizes = label_regions(mask)
    canvas = paint([[0] * 300] * 2400, [3, 14, 15, 92, 65])
    sheared = shear(img.copy())
    places = [((k * 7919) % 100003, rows[k % 700][k % 500]) for k in range(52000)]
    cells = splat(places, 100003)
    peak = max(float(np.abs(np.fft.rfft(row * (k + 1))).max())  # parallel: min/max
               for row in img for k in range(11))
    print("blur", round(float(blurred.sum()), 3), "trails", round(float(trails.sum()), 3))
    print("levels", counts.index(max(counts)), max(counts), "gamma", sum(pixels))
    print("dark", sum(p == 0 for r in dark for p in r), "regions", len(sizes), max(sizes))
    print("canvas", sum(canvas[0]), "shear", round(float(sheared.sum()), 3))
    print("cells", round(sum(cells), 6), "peak", round(peak, 4))


if __name__ == "__main__":
    main()
