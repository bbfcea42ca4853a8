"""Failure evidence from assets.csv and work_orders.csv: windows of age, failures in them, costs, circumstances."""

from datetime import datetime, time

import numpy as np

from .world import CHINA, DAYS_PER_YEAR, EXPORT_END, day, local, province, years

ENVIRONMENT = {"CLEAN": "indoor_clean", "NORMAL": "indoor", "DUSTY": "dusty", "CORROSIVE": "corrosive"}
COVARIATES = ("environment", "region", "duty")


def band(hours):
    """Duty bands as the API documents them: up to 10 hours a day low, up to 18 medium, else high."""
    return "low" if hours <= 10 else "medium" if hours <= 18 else "high"


class Machine:
    """A machine under observation."""

    def __init__(self, row, first, midnight):
        self.midnight = midnight
        self.serial = row["serial_no"].lower()
        self.customer = row["customer_no"].lower()
        self.product = row["product_no"]
        self.region = province(row["region"])
        self.commissioned = day(row["commissioned_on"])
        self.retired = day(row["retired_on"]) if row["retired_on"] else None
        until = min(self.retired or EXPORT_END, EXPORT_END)
        self.entry = years(self.commissioned, max(first, self.commissioned))
        self.exit = years(self.commissioned, until)
        self.levels = (ENVIRONMENT[row["environment"]], self.region, band(float(row["duty_hours_per_day"])))
        self.failures = []

    def age(self, at):
        """Age in years at an instant, counted from the midnight at which the commissioning day begins."""
        elapsed = at - datetime.combine(self.commissioned, time(), self.midnight)
        return elapsed.total_seconds() / 86_400 / DAYS_PER_YEAR


class Family:
    """All machines of a product family with their failures."""

    def __init__(self, world, family, first, midnight=CHINA):
        self.name = family
        products = {row["product_no"]: row["family"].lower() for row in world.erp("products")}
        own = [Machine(row, first, midnight) for row in world.erp("assets") if products[row["product_no"]] == family]
        self.machines = [machine for machine in own if machine.exit > machine.entry]
        by_serial = {machine.serial: machine for machine in self.machines}
        self.costs = {}
        for row in world.erp("work_orders"):
            machine = by_serial.get(row["serial_no"].lower())
            if machine is None or row["order_type"] != "CORRECTIVE":
                continue
            age = machine.age(local(row["reported_at"]))
            if not machine.entry < age <= machine.exit:
                continue
            machine.failures.append((row["failure_mode"], age))
            cost = tuple(float(row[column]) for column in ("labour_hours", "parts_cost", "travel_cost"))
            self.costs.setdefault(row["failure_mode"], []).append(cost)
        self.modes = sorted(self.costs)
        self.entry = np.array([machine.entry for machine in self.machines])
        self.exit = np.array([machine.exit for machine in self.machines])
        self.levels = [sorted({machine.levels[c] for machine in self.machines}) for c in range(3)]
        names = [(c, level) for c in range(3) for level in self.levels[c]]
        self.names = names
        self.design = np.array([[machine.levels[c] == level for c, level in names] for machine in self.machines], float)
        self.counts = {
            mode: np.array([sum(m == mode for m, _ in machine.failures) for machine in self.machines])
            for mode in self.modes
        }

    def ages(self, mode):
        return np.array([age for machine in self.machines for own, age in machine.failures if own == mode])

    def growth(self, beta):
        """T^beta - S^beta of every machine."""
        return self.exit**beta - self.entry**beta

    def log_growth(self, beta):
        """Its derivative by beta, with 0^b ln 0 = 0."""
        term = lambda t: np.where(t > 0, t**beta * np.log(np.where(t > 0, t, 1.0)), 0.0)
        return term(self.exit) - term(self.entry)
