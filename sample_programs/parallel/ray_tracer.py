"""Trace a scene of mirroring spheres and write it as a PPM picture; rows are shared out to a team.

Written with the runtime from the start, as one would with OpenMP: 6 lines are about parallelism.
Run: python ray_tracer.py [WIDTH] [OUT.ppm]
"""

from __future__ import annotations

import sys
import zlib
from math import inf, sqrt
from pathlib import Path
from typing import NamedTuple

from paradvisor import parallel, scheduled

Vector = tuple[float, float, float]
DEPTH = 3
LIGHT = (-0.5, 0.8, -0.6)


class Sphere(NamedTuple):
    """A ball with a colour, and how much of a mirror it is."""

    centre: Vector
    radius: float
    colour: Vector
    mirror: float


SCENE = [
    Sphere((0.0, -1000.0, 0.0), 1000.0, (0.6, 0.6, 0.6), 0.1),
    *(
        Sphere((2.2 * x, 1.0, 3.0 + 2.2 * z), 1.0, (0.5 + 0.2 * x, 0.5, 0.9 - 0.2 * z), 0.4)
        for x in range(-2, 3)
        for z in range(3)
    ),
]


def dot(a: Vector, b: Vector) -> float:
    """Return the scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def along(origin: Vector, direction: Vector, t: float) -> Vector:
    """Return the point that a ray reaches at t."""
    return (
        origin[0] + t * direction[0],
        origin[1] + t * direction[1],
        origin[2] + t * direction[2],
    )


def unit(a: Vector) -> Vector:
    """Return the vector of length 1 in the same direction."""
    length = sqrt(dot(a, a))
    return (a[0] / length, a[1] / length, a[2] / length)


def nearest(origin: Vector, direction: Vector) -> tuple[float, Sphere | None]:
    """Return the first sphere that a ray hits, and where on the ray."""
    best, hit = inf, None
    for sphere in SCENE:
        to = along(origin, sphere.centre, -1.0)
        b = dot(to, direction)
        root = b * b - dot(to, to) + sphere.radius * sphere.radius
        if root > 0:
            t = -b - sqrt(root)
            if 1e-4 < t < best:
                best, hit = t, sphere
    return best, hit


def trace(origin: Vector, direction: Vector, depth: int) -> Vector:
    """Return the colour that is seen along a ray."""
    t, sphere = nearest(origin, direction)
    if sphere is None:
        sky = 0.5 + 0.5 * direction[1]
        return (0.4 * sky, 0.6 * sky, sky)
    point = along(origin, direction, t)
    normal = unit(along(point, sphere.centre, -1.0))
    light = max(0.0, dot(normal, unit(LIGHT)))
    if light and nearest(point, unit(LIGHT))[1] is not None:
        light = 0.0  # something stands in its way
    red, green, blue = (part * (0.2 + 0.8 * light) for part in sphere.colour)
    if depth and sphere.mirror:
        mirrored = along(direction, normal, -2 * dot(direction, normal))
        seen = trace(point, unit(mirrored), depth - 1)
        red, green, blue = (
            own + sphere.mirror * other for own, other in zip((red, green, blue), seen, strict=True)
        )
    return (red, green, blue)


def row(y: int, width: int, height: int) -> bytes:
    """Return one row of pixels."""
    pixels = bytearray()
    for x in range(width):
        ray = unit(((2 * x - width) / height, (height - 2 * y) / height - 0.2, 1.6))
        colour = trace((0.0, 2.0, -6.0), ray, DEPTH)
        pixels += bytes(min(255, int(255 * part)) for part in colour)
    return bytes(pixels)


def main() -> None:
    """Trace the picture and print its checksum."""
    width = int(sys.argv[1]) if len(sys.argv) > 1 else 320
    height = width * 9 // 16

    def section():
        for y in scheduled(range(height)):
            yield row(y, width, height)

    picture = b"".join(parallel(section))
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_bytes(b"P6 %d %d 255\n" % (width, height) + picture)
    print(f"{width} x {height} pixels, checksum {zlib.crc32(picture):08x}")


if __name__ == "__main__":
    main()
