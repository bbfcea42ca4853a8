"""The channel's world: serials and who answers for them, from deliveries and EPCIS documents; where they were seen."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from .world import CHINA, day, local, province


class Market:
    """Who answers for each serial, and where it was seen."""

    def __init__(self, world, first, last):
        self.first, self.last = (datetime(d.year, d.month, d.day, tzinfo=CHINA) for d in (first, last))
        self.products = {row["gtin"]: row for row in world.erp("products")}
        self.prices, self.purchases = {}, defaultdict(Decimal)
        self.home = {row["distributor_no"]: row["region"] for row in world.erp("territories")}
        self.party = {row["gln"]: row["distributor_no"] for row in world.erp("distributors")}
        self.places = {row["sgln"]: row["region"] for row in world.erp("locations")}
        self.gln = {row["gln"]: row["region"] for row in world.erp("locations")}
        self.exceptions = world.erp("exceptions")
        self.shipments = {}
        self.deliveries = 0
        for row in world.erp("shipments"):
            if row["shipped_at"].startswith("2025"):
                self.purchases[row["distributor_no"]] += Decimal(row["quantity"]) * Decimal(row["unit_price"])
            if row["serial_no"]:
                self.prices[row["gtin"]] = Decimal(row["unit_price"])
                self._ship(row["gtin"], row["serial_no"], row["distributor_no"], local(row["shipped_at"]))
        for event in world.events("shipments"):
            self.deliveries += 1
            to = next(d["destination"] for d in event["destinationList"] if d["type"] == "owning_party")
            for epc in event["epcList"]:
                self._ship(*serial(epc), self.party[gln(to)], instant(event["eventTime"]))
                self.purchases[self.party[gln(to)]] += self.prices[serial(epc)[0]]
        self.sightings = [self._sighting(event, epc) for event in world.events("sightings") for epc in event["epcList"]]

    def _ship(self, gtin, number, distributor, at):
        self.shipments[gtin, number] = (distributor, at)

    def _sighting(self, event, epc):
        item, at = serial(epc), instant(event["eventTime"])
        place = event.get("readPoint", {}).get("id")
        region = (
            event.get("aftercare:region")
            if place is None
            else self.places[place]
            if place in self.places
            else self.gln[gln(place)]
        )
        shipped = self.shipments.get(item)
        holder = shipped[0] if shipped and shipped[1] <= at else None
        price = event.get("aftercare:price")
        return item, at, holder, province(region), Decimal(price) if price else None

    def verdict(self, holder, place, at):
        if holder is None:
            return "UNKNOWN_CUSTODY"
        if self.home[holder] == place:
            return "IN_TERRITORY"
        today = at.astimezone(CHINA).date()
        for row in self.exceptions:
            if (
                row["distributor_no"] == holder
                and row["region"] == place
                and day(row["valid_from"]) <= today < day(row["valid_to"])
            ):
                return "EXCEPTED"
        return "OUT_OF_TERRITORY"

    def within(self):
        """Sightings of the window with a verdict about a distributor, by time."""
        found = []
        for item, at, holder, place, price in sorted(self.sightings, key=lambda s: s[1]):
            if self.first <= at < self.last and holder is not None:
                found.append((item, at, holder, place, price, self.verdict(holder, place, at)))
        return found


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def check(body):
    """GS1's check digit."""
    return str(-sum(int(sign) * (3 if n % 2 == 0 else 1) for n, sign in enumerate(reversed(body))) % 10)


def serial(epc):
    """GTIN-14 and serial of an SGTIN, as URN or Digital Link."""
    if epc.startswith("urn:epc:id:sgtin:"):
        company, reference, number = epc.removeprefix("urn:epc:id:sgtin:").split(".", 2)
        body = reference[0] + company + reference[1:]
        return body + check(body), number
    parts = epc.split("/")
    return parts[parts.index("01") + 1], parts[parts.index("21") + 1]


def gln(name):
    """GLN of a party or place, as URN (PGLN, SGLN) or Digital Link."""
    if name.startswith("urn:"):
        company, reference = name.split(":")[-1].split(".")[:2]
        return company + reference + check(company + reference)
    parts = name.split("/")
    return parts[parts.index("414" if "414" in parts else "417") + 1]
