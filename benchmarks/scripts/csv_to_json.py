"""Convert the CSV files of a folder to JSON files in a folder beside them.

needs: nothing
hot: 55
parallel: external
reason: each input has its own output, and the returned counts are added up afterwards
"""

import csv
import datetime
import json
import random
import sys
from pathlib import Path

FILES = 28
ROWS = 6000


def make_input(folder):
    folder.mkdir(parents=True)
    rng = random.Random(40)
    for number in range(FILES):
        lines = ["station,time,temperature,humidity,ok"]
        for row in range(ROWS):
            bits = rng.getrandbits(24)
            when = f"2023-{row % 12 + 1:02}-{row % 28 + 1:02}T{row % 24:02}:00:00"
            lines.append(f"S{number},{when},{bits % 400 / 10},{bits >> 16},{bits & 1}")
        (folder / f"station{number:02}.csv").write_text("\n".join(lines), encoding="utf-8")


def convert(source, target):
    records = []
    with source.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            when = datetime.datetime.strptime(row["time"], "%Y-%m-%dT%H:%M:%S")
            records.append(
                {
                    "station": row["station"],
                    "day": when.timetuple().tm_yday,
                    "hour": when.hour,
                    "temperature": float(row["temperature"]),
                    "humidity": int(row["humidity"]) / 256,
                    "ok": row["ok"] == "1",
                }
            )
    with target.open("w", encoding="utf-8") as out:
        json.dump(records, out, indent=1)
    return len(records)


def convert_all(folder, output):
    output.mkdir(exist_ok=True)
    counts = {}
    for source in sorted(folder.glob("*.csv")):
        counts[source.name] = convert(source, output / f"{source.stem}.json")
    return counts


if __name__ == "__main__":
    data = Path(sys.argv[1] if len(sys.argv) > 1 else "stations")
    if not data.exists():
        make_input(data)
    counts = convert_all(data, data.with_name(data.name + "_json"))
    for name, count in counts.items():
        print(f"{name}: {count} records")
    print(f"{sum(counts.values())} records in {len(counts)} files")
