"""The sample world as its README documents it: comma-separated files of an ERP, and EPCIS documents."""

import csv
import json
import pathlib
from datetime import date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
DAYS_PER_YEAR = 365.2425
EXPORT_END = date(2026, 3, 1)


class World:
    """Reads the files of a world's directory."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def erp(self, name, encoding="utf-8"):
        with open(self.folder / "erp" / f"{name}.csv", encoding=encoding, newline="") as file:
            return list(csv.DictReader(file))

    def events(self, kind):
        """EPCIS events of all documents of a kind (`shipments`, `sightings`), in the order of the files."""
        found = []
        for path in sorted((self.folder / "epcis").glob(f"{kind}-*.jsonld")):
            found += json.loads(path.read_text(encoding="utf-8"))["epcisBody"]["eventList"]
        return found

    def documents(self):
        return len(list((self.folder / "epcis").glob("*.jsonld")))


def local(text):
    """An instant of the ERP, which writes China time."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)


def day(text):
    return date.fromisoformat(text)


def years(first, last):
    """Years from one civil date to another."""
    return (last - first).days / DAYS_PER_YEAR


def province(code):
    """The province of a GB/T 2260 code; other codes are their own."""
    return code[:2] + "0000" if code[:2].isdigit() else code
