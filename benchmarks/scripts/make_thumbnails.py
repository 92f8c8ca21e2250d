"""Make a thumbnail of every picture in a folder, named by the first argument.

needs: pillow
hot: 42
parallel: external
reason: each picture is read from its own file and its thumbnail is written to its own file
"""

import random
import sys
from pathlib import Path

from PIL import Image, ImageFilter, ImageOps

SIZE = (240, 180)


def make_pictures(folder, count=26):
    folder.mkdir(parents=True)
    rng = random.Random(3)
    for number in range(count):
        small = Image.frombytes("RGB", (32, 24), rng.randbytes(32 * 24 * 3))
        small.resize((1600, 1200)).save(folder / f"photo_{number:03}.jpg", quality=85)


def thumbnail(source, target):
    with Image.open(source) as picture:
        picture = ImageOps.autocontrast(picture.convert("RGB"), cutoff=1)
        picture = picture.filter(ImageFilter.GaussianBlur(3))
        picture.thumbnail(SIZE, Image.Resampling.LANCZOS)
        picture = picture.filter(ImageFilter.UnsharpMask(2, 120))
        picture.save(target, quality=80)
        return picture.size


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "pictures")
    if not folder.exists():
        make_pictures(folder)
    thumbs = folder / "thumbs"
    thumbs.mkdir(exist_ok=True)
    for source in sorted(folder.glob("*.jpg")):
        target = thumbs / source.name
        width, height = thumbnail(source, target)
        print(f"{source.name}: {width} x {height}, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
