"""Renders three spheres over a floor with shadows, with a vector class of its own.

kind: python
bound: compute
reason: operator methods of a Python class on floats; math.sqrt is the only C function called and
  takes less time than the bytecode of one vector addition. The checksum at the end is short.
"""

import math
import zlib


class Vec:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vec(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor):
        return Vec(self.x * factor, self.y * factor, self.z * factor)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def unit(self):
        return self * (1.0 / math.sqrt(self.dot(self)))


class Sphere:
    def __init__(self, centre, radius, shade):
        self.centre = centre
        self.radius = radius
        self.shade = shade

    def hit(self, origin, ray):
        offset = origin - self.centre
        half = offset.dot(ray)
        rest = half * half - offset.dot(offset) + self.radius * self.radius
        if rest <= 0.0:
            return None
        distance = -half - math.sqrt(rest)
        return distance if distance > 1e-4 else None


SCENE = [
    Sphere(Vec(0.0, 0.0, 4.0), 1.0, 200),
    Sphere(Vec(1.2, 0.6, 3.0), 0.5, 250),
    Sphere(Vec(0.0, -101.0, 4.0), 100.0, 120),
]
LIGHT = Vec(-0.6, 0.9, -0.5).unit()


def nearest(origin, ray):
    best = None
    for sphere in SCENE:
        distance = sphere.hit(origin, ray)
        if distance is not None and (best is None or distance < best[0]):
            best = distance, sphere
    return best


def trace(origin, ray):
    found = nearest(origin, ray)
    if found is None:
        return 30
    distance, sphere = found
    point = origin + ray * distance
    normal = (point - sphere.centre).unit()
    if nearest(point, LIGHT) is not None:
        return sphere.shade // 5
    return int(sphere.shade * max(0.2, normal.dot(LIGHT)))


def main():
    width, height = 780, 520
    eye = Vec(0.0, 0.0, -1.0)
    image = bytearray()
    for row in range(height):
        for column in range(width):
            ray = Vec(column / width - 0.5, 0.5 - row / height, 0.8).unit()
            image.append(trace(eye, ray))
    print(f"{width} x {height} points, mean {sum(image) / len(image):.3f}, {zlib.crc32(image):08x}")


if __name__ == "__main__":
    main()
