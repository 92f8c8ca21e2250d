"""Small computational geometry kit: areas, neighbours, hulls, packing, smoothing."""
import math
import random
from dataclasses import dataclass


@dataclass
class Vertex:
    x: float
    y: float


class Box:
    def __init__(self, name, x0, y0, x1, y1):
        self.name = name
        self.x0, self.y0, self.x1, self.y1 = x0, y0, x1, y1

    def contains(self, p):
        return self.x0 <= p[0] <= self.x1 and self.y0 <= p[1] <= self.y1


def make_points(n, seed):
    rng = random.Random(seed)
    return [(rng.uniform(0, 100), rng.uniform(0, 100)) for _ in range(n)]


def make_polygon(seed, corners):
    rng = random.Random(seed)
    angles = sorted(rng.uniform(0, 2 * math.pi) for _ in range(corners))
    return [(math.cos(a) * 10 + seed, math.sin(a) * 10 - seed) for a in angles]


def polygon_area(poly):
    total = 0.0
    for k in range(len(poly)):
        x0, y0 = poly[k - 1]
        x1, y1 = poly[k]
        total += x0 * y1 - x1 * y0
    return abs(total) / 2


def nearest_neighbours(points):
    pairs = []
    for i, p in enumerate(points):  # parallel: ordered append
        best = -1
        best_d = math.inf
        for j, q in enumerate(points):
            if j == i:
                continue
            d = (p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2
            if d < best_d:
                best_d = d
                best = j
        pairs.append((i, best, best_d))
    return pairs


def best_centre(candidates, points):
    radius = math.inf
    centre = None
    for c in candidates:  # parallel: min/max
        r = max(math.hypot(c[0] - x, c[1] - y) for x, y in points)
        if r < radius:
            radius = r
            centre = c
    return centre, radius


def sector_counts(points, sectors):
    counts = {}
    for p in points:  # parallel: histogram
        dx, dy = p[0] - 50, p[1] - 50
        angle = math.atan2(dy, dx) % (2 * math.pi)
        key = 0
        while (key + 1) * 2 * math.pi / sectors <= angle:
            key += 1
        counts[key] = counts.get(key, 0) + 1
    return counts


def cross(o, a, b):
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def lower_hull(ordered):
    hull = []
    for p in ordered:  # trap: the hull stack is popped by later points
        while len(hull) >= 2 and cross(hull[-2], hull[-1], p) <= 0:
            hull.pop()
        hull.append(p)
    return hull


def pack_discs(candidates, gap):
    placed = []
    for c in candidates:  # trap: acceptance depends on the discs placed before
        free = True
        for d in placed:
            if (c[0] - d[0]) ** 2 + (c[1] - d[1]) ** 2 < gap * gap:
                free = False
                break
        if free:
            placed.append(c)
    return placed


def smooth(line, rounds):
    for _ in range(rounds):  # trap: each round starts from the smoothed line of the round before
        moved = [line[0]]
        for k in range(1, len(line) - 1):
            x = (line[k - 1][0] + 2 * line[k][0] + line[k + 1][0]) / 4
            y = (line[k - 1][1] + 2 * line[k][1] + line[k + 1][1]) / 4
            moved.append((x, y))
        moved.append(line[-1])
        line = moved
    return line


def locate(points, boxes):
    """Name of the box for each point; boxes that hit are moved to the front."""
    names = []
    for p in points:  # trap: the order of boxes changes with each hit, boxes overlap
        for k, box in enumerate(boxes):
            if box.contains(p):
                names.append(box.name)
                boxes.insert(0, boxes.pop(k))
                break
        else:
            names.append("-")
    return names


def twist(shapes):
    """Rotate each shape about its own centre of mass."""
    for shape in shapes:  # trap: neighbouring shapes share Vertex objects
        cx = sum(v.x for v in shape) / len(shape)
        cy = sum(v.y for v in shape) / len(shape)
        for v in shape:
            dx, dy = v.x - cx, v.y - cy
            v.x = cx + dx * 0.995 - dy * 0.1
            v.y = cy + dx * 0.1 + dy * 0.995


def main():
    points = make_points(700, 5)
    polys = [make_polygon(s, 40) for s in range(350)]
    areas = [polygon_area(p) for p in polys * 75]  # parallel: map
    pairs = nearest_neighbours(points[:640])
    centre, radius = best_centre(make_points(1000, 6), points)
    counts = sector_counts(make_points(34000, 8), 48)
    hull = lower_hull(sorted(make_points(110000, 11)))
    placed = pack_discs(make_points(4000, 12), 4.0)
    line = smooth(points, 420)
    grid = [(a, b) for a in range(0, 100, 20) for b in range(0, 100, 20)]
    boxes = [Box(f"b{a}.{b}", a, b, a + 35, b + 35) for a, b in grid]
    names = locate(make_points(120000, 13), boxes)
    rim = [Vertex(math.cos(k / 7), math.sin(k / 9)) for k in range(40000)]
    shapes = [rim[k:k + 40] for k in range(0, len(rim) - 40, 20)]
    for _ in range(5):
        twist(shapes)

    print("area", round(sum(areas), 4), "pairs", sum(j for _, j, _ in pairs))
    print("centre", centre, round(radius, 6))
    print("sectors", max(counts.values()), min(counts.values()), len(counts))
    print("hull", len(hull), "placed", len(placed))
    print("line", round(sum(x + y for x, y in line), 6))
    print("boxes", names.count("b0.0"), len(set(names)))
    print("rim", round(sum(v.x * v.y for v in rim), 6))


if __name__ == "__main__":
    main()
