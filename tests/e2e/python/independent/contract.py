"""What a service contract costs: our own expected values and distribution, from a model, rates, terms and a policy."""

import numpy as np
from scipy import integrate, stats

from .suite import exact, money, word
from .world import province, years

PARTS = {"LABOUR_ONLY": 0.0, "SHARED_PARTS": 0.5, "LABOUR_AND_PARTS": None, "FULL": 1.0}
# Policy.after_hours_share (pricing_policy.proto): half in the evening, two fifths at the weekend, a tenth on holidays;
# extended hours reach evenings and Saturdays (terms.proto), and a weekend has two days.
BANDS = {"BUSINESS_HOURS": (0, 0, 0), "EXTENDED": (0.5, 0.2, 0), "ROUND_THE_CLOCK": (0.5, 0.4, 0.1)}
# Multiples of an hour in the evening, at the weekend, on a holiday where no rate card says; not on the API.
DEFAULT_FACTORS = (1.5, 2.0, 3.0)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2


class Terms:
    """The terms that cost depends on, here those that the story uses."""

    def __init__(self, wire):
        assert not (wire.HasField("deductible") or wire.HasField("cap") or wire.HasField("annual_limit"))
        self.months = wire.term_months
        self.coverage = word(wire, "coverage").removeprefix("COVERAGE_LEVEL_")
        self.hours = word(wire, "after_hours").removeprefix("AFTER_HOURS_")
        self.response = wire.response_time.seconds / 3600
        names = wire.DESCRIPTOR.fields_by_name["exclusions"].enum_type.values_by_number
        self.exclusions = frozenset(names[number].name for number in wire.exclusions)
        self.prepaid = word(wire, "payment_schedule") == "PAYMENT_SCHEDULE_PREPAID"
        self.inspections = wire.customer_inspections
        self.renewal = wire.automatic_renewal
        self.escalation = exact(wire.annual_escalation)


class Rates:
    """Costs of work in a region, from a rate card; without one from the policy's defaults."""

    def __init__(self, policy, card=None):
        costs = policy.default_costs
        self.card = card
        if card is None:
            self.labour, self.journey = money(costs.labour_cost_per_hour), money(costs.travel_cost_per_visit)
            self.factors = DEFAULT_FACTORS
            self.visit = exact(costs.planned_visit_hours) * self.labour + self.journey
            self.inflation = exact(policy.cost_inflation)
            self.readiness_24h = money(costs.readiness_cost_per_year)
            return
        self.labour = money(card.labour_cost_per_hour)
        self.journey = money(card.travel_cost_per_visit) + exact(card.travel_hours_per_visit) * self.labour
        self.factors = tuple(exact(f) for f in (card.evening_factor, card.weekend_factor, card.holiday_factor))
        self.visit, self.inflation = money(card.planned_visit_cost), exact(card.cost_inflation)
        self.promises = {c.response_time.seconds / 3600: money(c.cost_per_year) for c in card.readiness_costs}

    def readiness(self, hours, exponent):
        """Promises that the card names; without a card (24 h / response) to a power."""
        return self.promises[hours] if self.card is not None else self.readiness_24h * (24 / hours) ** exponent


class Mode:
    """A failure mode: its law and the moments of what a failure takes."""

    def __init__(self, wire):
        self.name, self.scale, self.beta = wire.mode, getattr(wire, "lambda"), wire.beta
        severity = wire.severity
        self.gamma = word(severity, "family") == "SEVERITY_FAMILY_GAMMA"
        self.hours, self.parts = severity.labour_hours, severity.parts
        self.correlation = severity.labour_parts_correlation
        self.covariance = np.array([
            [wire.log_lambda_standard_error**2, 0],
            [wire.correlation * wire.log_lambda_standard_error * wire.beta_standard_error, wire.beta_standard_error**2],
        ])  # fmt: skip
        self.covariance[0, 1] = self.covariance[1, 0]

    def cost(self, rates, share, bands):
        """Mean and variance of hours x rate x hour band + journey + our share of parts, at the prices of the start.

        The band of an hour does not depend on the hours; hours and parts are correlated.
        """
        plain = 1 - sum(bands)
        first = plain + sum(b * f for b, f in zip(bands, rates.factors))
        second = plain + sum(b * f * f for b, f in zip(bands, rates.factors))
        hours, spread = self.hours.mean, self.hours.standard_deviation
        mean = hours * rates.labour * first + rates.journey + share * self.parts.mean
        labour = rates.labour**2 * ((hours**2 + spread**2) * second - (hours * first) ** 2)
        both = self.correlation * spread * self.parts.standard_deviation * rates.labour * first
        return mean, labour + (share * self.parts.standard_deviation) ** 2 + 2 * share * both

    def severity(self, mean, variance):
        """The member of the mode's family with these moments, as scipy knows it."""
        if self.gamma:
            return stats.gamma(mean**2 / variance, scale=variance / mean)
        sigma = np.sqrt(np.log1p(variance / mean**2))
        return stats.lognorm(sigma, scale=mean * np.exp(-(sigma**2) / 2))

    def count(self, age, start, end):
        return self.scale * ((age + end) ** self.beta - (age + start) ** self.beta)

    def worth(self, age, start, end, growth):
        """Expected failures from start to end of the contract, each worth growth^t: the integral over the intensity."""
        t = start + (end - start) * NODES
        return (end - start) * (WEIGHTS * self.scale * self.beta * (age + t) ** (self.beta - 1) * growth**t).sum()


class Asset:
    """A machine of the contract with its circumstances and its own history."""

    def __init__(self, row, product, model, start, history):
        known = {(e.covariate, e.level): e.factor for e in model.effects}
        environment, region, duty = history.levels
        self.name, self.product, self.model = row["serial_no"].lower(), product, model.name
        self.factors = {
            "ENVIRONMENT": known["environment", environment],
            "REGION": known["region", region],
            "DUTY": known["duty", duty],
        }
        self.circumstance = np.prod(list(self.factors.values()))
        self.age = years(history.commissioned, start)
        self.region = province(row["region"])
        self.modes = [Mode(mode) for mode in model.modes]
        expected = self.circumstance * sum(mode.count(0, history.entry, history.exit) for mode in self.modes)
        self.shape, self.factors["HISTORY"] = None, 1.0
        if model.frailty_variance >= 1e-6:
            own = 1 / model.frailty_variance
            self.shape = own + len(history.failures)
            self.factors["HISTORY"] = self.shape / (own + expected)


ALL = frozenset(
    ["AGE", "ENVIRONMENT", "DUTY", "REGION", "HISTORY", "RESPONSE", "COVERAGE", "AFTER_HOURS", "TERMS", "INFLATION"]
)


class Contract:
    """Assets under terms."""

    def __init__(self, assets, terms, policy, cards):
        self.assets, self.terms, self.policy = assets, terms, policy
        self.defaults = Rates(policy)
        self.rates = {region: Rates(policy, card) for region, card in cards.items()}
        self.length = terms.months / 12
        self.memo = {}

    def failure_terms(self):
        """The terms that the distribution of failure cost depends on."""
        return self.terms.months, self.terms.coverage, self.terms.hours, self.terms.exclusions

    def thinning(self):
        shares = {word(given, "exclusion"): exact(given.share) for given in self.policy.exclusion_shares}
        return np.prod([1 - shares[name] for name in self.terms.exclusions if name != "EXCLUSION_CONSUMABLES"])

    def parts_share(self, actual=ALL):
        consumables = exact(self.policy.consumables_share)
        share = PARTS[self.terms.coverage if "COVERAGE" in actual else "LABOUR_ONLY"]
        if share is None or (share == 1 and "EXCLUSION_CONSUMABLES" in self.terms.exclusions and "TERMS" in actual):
            share = 1 - consumables
        return share

    def bands(self, actual=ALL):
        share = exact(self.policy.after_hours_share)
        return tuple(share * part for part in BANDS[self.terms.hours if "AFTER_HOURS" in actual else "BUSINESS_HOURS"])

    def rates_of(self, asset, actual=ALL):
        return self.rates[asset.region] if "REGION" in actual else self.defaults

    def growth(self, rates, actual=ALL):
        """Yearly growth of a cost's present value, and the level's."""
        if "INFLATION" not in actual:
            return 1.0, 1.0
        return (1 + rates.inflation) / (1 + exact(self.policy.discount_rate)), 1 + rates.inflation

    def failures(self, asset):
        """Expected failures that we bear, plainly counted."""
        rate = self.thinning() * np.prod(list(asset.factors.values()))
        return rate * sum(mode.count(asset.age, 0, self.length) for mode in asset.modes)

    def expected(self, asset, actual=ALL):
        """Present value of failures and of planned cost by kind, what is not in `actual` at its reference."""
        scaling = np.prod([value for kind, value in asset.factors.items() if kind in actual])
        failures, pool, fixed = self._unscaled(asset, actual - {"ENVIRONMENT", "DUTY", "HISTORY"})
        return scaling * failures, {**fixed, "parts_pool": scaling * pool}

    def _unscaled(self, asset, actual):
        key = (asset.name, actual)
        if key not in self.memo:
            self.memo[key] = self._evaluated(asset, actual)
        return self.memo[key]

    def _evaluated(self, asset, actual):
        rates, policy = self.rates_of(asset, actual), self.policy
        growth, _ = self.growth(rates, actual)
        terms = "TERMS" in actual
        age = asset.age if "AGE" in actual else exact(policy.reference_age_years)
        borne = self.thinning() if terms else 1.0
        share, bands = self.parts_share(actual), self.bands(actual)
        failures = pool = 0.0
        for mode in asset.modes:
            worth = borne * sum(
                mode.worth(age, year, min(year + 1, self.length), growth) for year in range(int(np.ceil(self.length)))
            )
            failures += worth * mode.cost(rates, share, bands)[0]
            pool += worth * share * mode.parts.mean * exact(policy.parts_pool_share)
        annuity = integrate.quad(lambda t: growth**t, 0, self.length)[0]
        costs = policy.default_costs
        visits = costs.planned_visits_per_year * (0.5 if self.terms.inspections and terms else 1.0)
        setup = money(costs.setup_cost_per_contract) * (
            1 - (exact(policy.renewal_share) if self.terms.renewal and terms else 0)
        )
        response = self.terms.response if "RESPONSE" in actual else 24
        fixed = {
            "visits": annuity * visits * rates.visit,
            "readiness": annuity * rates.readiness(response, exact(policy.readiness_exponent)),
            "overhead": annuity * money(costs.overhead_per_year) + setup / len(self.assets),
        }
        return failures, pool, fixed

    def mean(self, actual=ALL):
        found = [self.expected(asset, actual) for asset in self.assets]
        return sum(failures + sum(fixed.values()) for failures, fixed in found)

    def planned(self):
        return sum(sum(self.expected(asset)[1].values()) for asset in self.assets)

    def annuity_of_fees(self):
        """Present value of the fees when a full year's is 1, each in advance."""
        discount = 1 + exact(self.policy.discount_rate)
        if self.terms.prepaid:
            return self.length, self.length
        years_ = range(int(np.ceil(self.length)))
        factors = [(1 + self.terms.escalation) ** k * min(1, self.length - k) for k in years_]
        return sum(f * discount**-k for k, f in zip(years_, factors)), sum(factors)
