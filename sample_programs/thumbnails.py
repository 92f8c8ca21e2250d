"""Make thumbnails of a series of grey images, each pixel the mean of a square of the original.

The time goes into the four nested loops of shrink, which add up small integers in the
interpreter. The images are independent, so fork and let each process make and shrink its own;
only the small thumbnails travel back. With NumPy or a C function for shrink one core would do
the work many times faster, which is the better remedy when a rewrite is welcome.
"""
# expect: bound = "compute", kind = "python", hotspot = "shrink", loop = "for number in range(images)", verdict = "safe", strategy = "fork", size = "90"

import sys

Image = list[list[int]]

WIDTH = 800
HEIGHT = 600
BOX = 10
SHADES = " .:-=+*%#@"


def make_image(number: int, width: int, height: int) -> Image:
    """Return image number `number` of the series: bands that lean and move with the number."""
    wave = list(range(0, 256, 2)) + list(range(255, 0, -2))
    line = wave * (width // len(wave) + 2)
    image = []
    for y in range(height):
        start = (y * (number % 5 + 1) + number * 17) % len(wave)
        image.append(line[start:start + width])
    return image


def shrink(image: Image, box: int) -> Image:
    """Return the image reduced by the factor `box`, each value the mean of box x box pixels."""
    thumbnail = []
    for top in range(0, len(image) - box + 1, box):
        row = []
        for left in range(0, len(image[0]) - box + 1, box):
            total = 0
            for y in range(top, top + box):
                line = image[y]
                for x in range(left, left + box):
                    total += line[x]
            row.append(total // (box * box))
        thumbnail.append(row)
    return thumbnail


def brightness(image: Image) -> float:
    """Return the mean value of the image."""
    return sum(sum(row) for row in image) / (len(image) * len(image[0]))


def main() -> None:
    """Shrink the series and print what came out."""
    images = int(sys.argv[1]) if len(sys.argv) > 1 else 90
    thumbnails = []
    for number in range(images):
        image = make_image(number, WIDTH, HEIGHT)
        thumbnails.append(shrink(image, BOX))
    for row in thumbnails[-1][::6]:
        print("".join(SHADES[value * len(SHADES) // 256] for value in row[::2]).rstrip())
    for number, thumbnail in enumerate(thumbnails[:8]):
        size = f"{len(thumbnail[0])}x{len(thumbnail)}"
        print(f"image {number:3d}  {size}  mean {brightness(thumbnail):7.3f}")
    print(f"{len(thumbnails)} thumbnails, mean {sum(map(brightness, thumbnails)) / images:.4f}")


if __name__ == "__main__":
    main()
