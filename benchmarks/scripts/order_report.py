"""Sum up the orders in a folder of XML files by country.

needs: lxml
hot: 53
parallel: yes
reason: each file gives a dictionary of its own, and the merging into the totals is a sum
"""

import random
import tempfile
from collections import defaultdict
from pathlib import Path

from lxml import etree

COUNTRIES = ["AT", "BE", "DE", "ES", "FR", "IT", "NL", "PL"]
NS = {"o": "urn:example:orders"}


def write_orders(folder, files=24, orders=3500):
    rng = random.Random(8)
    for number in range(files):
        text = ["<orders xmlns='urn:example:orders'>"]
        for order in range(orders):
            country = COUNTRIES[(order * 7 + rng.getrandbits(3)) % 8]
            line = f"<line qty='{order % 5 + 1}' price='{rng.getrandbits(12)}'/>"
            text.append(f"<order id='{order}'><to country='{country}'/>{line}{line}</order>")
        text.append("</orders>")
        (folder / f"orders-{number:02}.xml").write_text("\n".join(text), encoding="utf-8")


class Report:
    """Totals by country, in cents."""

    def __init__(self):
        self.totals = defaultdict(int)
        self.files = 0

    def read(self, path):
        """Return the totals of one file."""
        root = etree.parse(path).getroot()
        found = {}
        for order in root.iterfind("o:order", NS):
            country = order.xpath("string(o:to/@country)", namespaces=NS)
            amount = order.xpath("sum(o:line/@price)", namespaces=NS)
            pieces = order.xpath("sum(o:line/@qty)", namespaces=NS)
            if order.xpath("count(o:line[@qty > 1])", namespaces=NS):
                found[country] = found.get(country, 0) + int(amount * pieces)
        return found

    def collect(self, folder):
        """Add up all files of a folder."""
        for path in sorted(folder.iterdir()):
            for country, amount in self.read(path).items():
                self.totals[country] += amount
            self.files += 1


if __name__ == "__main__":
    report = Report()
    with tempfile.TemporaryDirectory(prefix="orders") as name:
        write_orders(Path(name))
        report.collect(Path(name))
    for country in sorted(report.totals):
        print(f"{country} {report.totals[country]:>12,}")
    print(f"{report.files} files")
