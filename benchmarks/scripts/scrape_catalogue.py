"""Read the saved pages of a shop's catalogue and list what is on offer.

needs: beautifulsoup4
hot: 48
parallel: yes
reason: a page is parsed on its own; the comprehension only collects what was found
"""

import random
import tempfile
from pathlib import Path

from bs4 import BeautifulSoup

PAGES = 140
ITEMS = 60


def write_pages(folder):
    rng = random.Random(21)
    for page in range(PAGES):
        items = "".join(
            f"<li class='item' data-id='{page * ITEMS + item}'><h3>Article <b>{item}</b></h3>"
            f"<p class='text'>{'fine <i>and</i> cheap ' * rng.randint(2, 6)}</p>"
            f"<span class='price'>{rng.randint(100, 99999) / 100:.2f} EUR</span>"
            f"<span class='stock'>{rng.choice(['in stock', 'sold out', 'soon'])}</span></li>"
            for item in range(ITEMS)
        )
        html = f"<html><body><h1>Page {page}</h1><ul>{items}</ul></body></html>"
        (folder / f"page{page:03}.html").write_text(html, encoding="utf-8")


def parse_page(path):
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    offers = []
    for item in soup.select("li.item"):
        if item.find("span", class_="stock").get_text() != "in stock":
            continue
        price = float(item.find("span", class_="price").get_text().split()[0])
        offers.append((int(item["data-id"]), item.h3.get_text(" ", strip=True), price))
    return offers


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pages(folder)
        catalogue = {path.stem: parse_page(path) for path in sorted(folder.glob("*.html"))}
    for page, offers in catalogue.items():
        cheapest = min(offers, key=lambda offer: offer[2])
        print(f"{page}: {len(offers)} offers, cheapest is {cheapest[1]} for {cheapest[2]:.2f}")
    print(f"total {sum(offer[2] for offers in catalogue.values() for offer in offers):.2f}")


if __name__ == "__main__":
    main()
