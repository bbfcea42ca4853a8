"""The quote full-cover and what was agreed instead: cost, distribution, price, drivers, concession."""

import math
import re
from datetime import date
from itertools import combinations

import numpy as np

from .contract import ALL, Asset, Contract, Terms
from .distribution import PATHS, Lattice, Simulation
from .evidence import Machine
from .fit import FIRST
from .suite import exact, money, pages, word
from .world import local

QUOTES = "aftercare.pricing.v1.QuoteService"
CATALOGUE = "aftercare.pricing.v1.CatalogueService"
CONTRACTS = "aftercare.pricing.v1.ContractService"
CENT = "half a cent of rounding"


def prove(account, suite, world):
    account.chapter("4. Quote: full-cover, from the models and rates that the API shows")
    quote = suite.call(QUOTES, "GetQuote", name="quotes/full-cover")
    agreed = suite.call(QUOTES, "GetQuote", name="quotes/full-cover-changed-terms")
    policy = suite.call("aftercare.pricing.v1.PolicyService", "GetPricingPolicy", name="pricingPolicy")
    account.same("policy version of the quote", quote.policy_version, policy.version)
    cards = {card.region_code: card for card in pages(suite, CATALOGUE, "ListRateCards", "rate_cards")}
    assets = machines(account, suite, world, quote)
    contract = Contract(assets, Terms(quote.terms), policy, cards)
    lines(account, quote, contract)
    planned(account, quote, contract)
    lattice = distribution(account, quote, contract)
    price(account, quote, contract, lattice)
    uncertainty(account, quote, contract)
    drivers(account, quote, contract)
    concessions(account, suite, quote, agreed, contract, lattice)


def machines(account, suite, world, quote):
    """The customer's machines in service at the start, from the files, with the models that the quote names."""
    models = {
        name: suite.call("aftercare.pricing.v1.FailureModelService", "GetFailureModel", name=name)
        for name in quote.failure_models
    }
    by_family = {model.family: model for model in models.values()}
    families = {row["product_no"]: row["family"].lower() for row in world.erp("products")}
    start = date(quote.start_date.year, quote.start_date.month, quote.start_date.day)
    customer = quote.customer.rsplit("/", 1)[-1].upper()
    found = []
    orders = [
        row for row in world.erp("work_orders") if row["customer_no"] == customer and row["order_type"] == "CORRECTIVE"
    ]
    for row in world.erp("assets"):
        if row["customer_no"] != customer or (row["retired_on"] and date.fromisoformat(row["retired_on"]) <= start):
            continue
        machine = Machine(row, FIRST, local("2000-01-01 00:00:00").tzinfo)
        ages = [
            (order["failure_mode"], machine.age(local(order["reported_at"])))
            for order in orders
            if order["serial_no"] == row["serial_no"]
        ]
        machine.failures = [(mode, age) for mode, age in ages if machine.entry < age <= machine.exit]
        found.append(Asset(row, row["product_no"].lower(), by_family[families[row["product_no"]]], start, machine))
    found.sort(key=lambda asset: asset.name)
    names = [line.asset.rsplit("/", 1)[-1] for line in quote.lines]
    account.same("machines of the quote", names, [asset.name for asset in found])
    return found


def lines(account, quote, contract):
    rows = {}
    for line, asset in zip(quote.lines, contract.assets):
        failures, fixed = contract.expected(asset)
        for what, pair in {
            "age, years": (line.age_years, asset.age),
            "circumstance factor": (line.circumstance_factor, asset.circumstance),
            "history factor": (line.history_factor, asset.factors["HISTORY"]),
            "expected failures": (line.expected_failures, contract.failures(asset)),
            "failure cost": (money(line.failure_cost), failures),
            "planned cost": (money(line.planned_cost), sum(fixed.values())),
        }.items():
            rows.setdefault(what, {})[asset.name] = pair
    for what, pairs in rows.items():
        cost = what.endswith("cost")
        account.most(f"line: {what}", pairs, 0.0051 if cost else 1e-9, CENT if cost else "rounding of doubles")
    total = sum(contract.failures(asset) for asset in contract.assets)
    account.close("expected failures", quote.cost.expected_failures, total, 1e-9, "rounding of doubles")


def planned(account, quote, contract):
    """Planned cost by kind; all of it is subject to inflation and discounting, the parts of the pool as well."""
    for kind in ("visits", "readiness", "parts_pool", "overhead"):
        ours = sum(contract.expected(asset)[1][kind] for asset in contract.assets)
        account.close(f"planned cost: {kind}", money(getattr(quote.planned_cost, kind)), ours, 0.0051, CENT)
    account.close("mean cost", money(quote.cost.mean), contract.mean(), 0.0051, CENT)


def distribution(account, quote, contract):
    """Quantiles by our FFT and by simulation, beside the suite's own planned cost, so that only failures count."""
    lattice, lived = Lattice(contract), Simulation(contract)
    base = sum(money(getattr(quote.planned_cost, kind)) for kind in ("visits", "readiness", "parts_pool", "overhead"))
    step = money(quote.cost.lattice_step)
    failures = sum(contract.expected(asset)[0] for asset in contract.assets)
    account.close(
        "our lattice keeps the mean", lattice.mean(), failures, 1, "rounding of severities to cells of 50 yuan"
    )
    error = lived.total.std() / math.sqrt(PATHS)
    account.close(
        f"our simulation of {PATHS} contracts keeps the mean",
        lived.total.mean(),
        failures,
        4 * error,
        "four standard errors",
    )
    account.close(
        "standard deviation, FFT",
        money(quote.cost.standard_deviation),
        lattice.deviation(),
        0.005 * lattice.deviation(),
        "half a percent: the suite spreads severities over cells of 500 and takes years for quarters",
    )
    for quantile in quote.cost.quantiles:
        one_level(account, quantile, lattice, lived, base, step)
    curve = {
        f"{money(p.cost):.0f}": (p.cumulative, 1 - lattice.exceeding(money(p.cost) - base + step / 2))
        for p in quote.cost.curve
    }
    account.most(
        "curve: probability of a cost not above it", curve, 0.004, "half a cell of 500 at the steepest density"
    )
    account.close("probability beyond the suite's lattice", quote.cost.truncated_mass, 0, 1e-7, "the suite's own bound")
    losses(account, quote, contract, lattice, lived, base, step)
    return lattice


def one_level(account, quantile, lattice, lived, base, step):
    """A quantile and the expected shortfall beyond it."""
    level = quantile.level
    name = f"P{100 * level:.0f}"
    account.close(
        f"{name}, FFT",
        money(quantile.cost),
        base + lattice.quantile(level),
        step,
        "one cell of the suite's lattice",
    )
    density = lattice.masses[np.searchsorted(lattice.cumulative, level)] / 50
    error = math.sqrt(level * (1 - level) / PATHS) / density
    account.close(
        f"{name}, simulation",
        money(quantile.cost),
        base + np.quantile(lived.total, level),
        step + 4 * error,
        "one cell and four standard errors",
    )
    tail = lived.total[lived.total >= np.quantile(lived.total, level)]
    account.close(
        f"expected shortfall beyond {name}, FFT",
        money(quantile.expected_shortfall),
        base + lattice.shortfall(level),
        step,
        "one cell",
    )
    account.close(
        f"expected shortfall beyond {name}, simulation",
        money(quantile.expected_shortfall),
        base + tail.mean(),
        step / 2 + 5 * tail.std() / math.sqrt(len(tail)),
        "half a cell and five standard errors",
    )


def losses(account, quote, contract, lattice, lived, base, step):
    """The chance of a loss, and each machine's part of the worst outcomes."""
    loss = lattice.exceeding(money(quote.price_present_value) - base)
    near = lattice.exceeding(money(quote.price_present_value) - base - step)
    account.close("chance of a loss, FFT", quote.loss_probability, loss, near - loss, "one cell")
    ours = (lived.total > money(quote.price_present_value) - base).mean()
    account.close(
        "chance of a loss, simulation",
        quote.loss_probability,
        ours,
        near - loss + 4 * math.sqrt(loss / PATHS),
        "one cell and four standard errors",
    )
    shares, errors = lived.tail_shares(0.95)
    pairs = {
        a.name: (line.tail_share / e, s / e) for a, line, s, e in zip(contract.assets, quote.lines, shares, errors)
    }
    account.most("tail shares, in standard errors of the simulation", pairs, 4, "four standard errors")


def price(account, quote, contract, lattice):
    """Margin and risk rule at present value, the yearly fee rounded up, floor, fees, allocation to lines."""
    policy, mean = contract.policy, money(quote.cost.mean)
    annuity, factors = contract.annuity_of_fees()
    base = sum(money(getattr(quote.planned_cost, kind)) for kind in ("visits", "readiness", "parts_pool", "overhead"))
    by_margin = mean / (1 - exact(policy.target_margin))
    by_risk = base + lattice.quantile(1 - exact(policy.max_loss_probability))
    account.same("whether the risk rule binds", quote.risk_rule_binds, by_risk > by_margin)
    unit = money(policy.rounding)
    fee = math.ceil(max(by_margin, by_risk) / annuity / unit - 1e-9) * unit
    account.close(
        "price from the suite's mean by policy",
        money(quote.price),
        fee * factors,
        0,
        "exact: rounded up to 10 yuan a year",
    )
    whole = math.ceil(max(contract.mean() / (1 - exact(policy.target_margin)), by_risk) / annuity / unit - 1e-9) * unit
    account.close(
        "price from our mean by policy", money(quote.price), whole * factors, 0, "exact: rounded up to 10 yuan a year"
    )
    account.close("price at present value", money(quote.price_present_value), fee * annuity, 0.0051, CENT)
    account.close(
        "margin", quote.expected_margin, 1 - mean / (fee * annuity), 1e-7, "the mean shown is rounded to cents"
    )
    account.close(
        "floor",
        money(quote.floor),
        round(mean / annuity, 2) * factors,
        0.031,
        "three cents: the mean shown is rounded to cents, which may move each of three fees by one",
    )
    account.same("fees add up to the price", sum(cents(f.fee) for f in quote.fees), cents(quote.price))
    account.same("lines add up to the price", sum(cents(line.price) for line in quote.lines), cents(quote.price))
    weights = [money(line.failure_cost) + money(line.planned_cost) for line in quote.lines]
    pairs = {
        line.asset: (money(line.price), money(quote.price) * w / sum(weights)) for line, w in zip(quote.lines, weights)
    }
    account.most("line: price by its share of the cost", pairs, 0.021, "a cent of allocation, and costs shown in cents")


def cents(value):
    return value.units * 100 + value.nanos // 10_000_000


def uncertainty(account, quote, contract):
    """Delta method: modes independent, ln(lambda) and beta correlated as the model shows."""
    slopes = {}
    for asset in contract.assets:
        rates = contract.rates_of(asset)
        growth, _ = contract.growth(rates)
        rate = contract.thinning() * np.prod(list(asset.factors.values()))
        for mode in asset.modes:
            cost = rate * mode.cost(rates, contract.parts_share(), contract.bands())[0]
            value = lambda: cost * sum(mode.worth(asset.age, y, y + 1, growth) for y in range(int(contract.length)))
            here, kept = value(), mode.beta
            mode.beta = kept * (1 + 1e-6)
            by_beta = (value() - here) / (kept * 1e-6)
            mode.beta = kept
            slot = slopes.setdefault((asset.model, mode.name), [mode.covariance, np.zeros(2)])
            slot[1] += (here, by_beta)
    error = math.sqrt(sum(slope @ covariance @ slope for covariance, slope in slopes.values()))
    account.close(
        "standard error of the mean from the models",
        money(quote.cost.parameter_standard_error),
        error,
        0.002 * error,
        "the suite takes the slope of the count for that of the worth, year by year",
    )


def drivers(account, quote, contract):
    """Shapley values of the ten circumstances over all 1,024 combinations, then margin, payment and rounding."""
    theirs = {word(driver, "kind").removeprefix("DRIVER_KIND_"): driver.amount for driver in quote.drivers}
    account.same("drivers add up to the price", sum(cents(amount) for amount in theirs.values()), cents(quote.price))
    names = sorted(ALL)
    values = {frozenset(c): contract.mean(frozenset(c)) for size in range(11) for c in combinations(names, size)}
    account.close("driver BASE", money(theirs["BASE"]), values[frozenset()], 0.0051, CENT)
    for name in names:
        share = 0.0
        for chosen in values:
            if name not in chosen:
                size = len(chosen)
                weight = math.factorial(size) * math.factorial(9 - size) / math.factorial(10)
                share += weight * (values[chosen | {name}] - values[chosen])
        account.close(f"driver {name}", money(theirs[name]), share, 0.0051, CENT)
    told = {word(driver, "kind").removeprefix("DRIVER_KIND_"): driver.explanation for driver in quote.drivers}
    for name in ("ENVIRONMENT", "DUTY", "REGION", "HISTORY"):
        percent = float(re.search(r"([+-]\d+) %", told[name])[1])
        factor = np.mean([asset.factors[name] for asset in contract.assets])
        account.close(f"driver {name}: percent in its words", percent, 100 * (factor - 1), 0.51, "whole percents")
    mean, margin = contract.mean(), exact(contract.policy.target_margin)
    annuity, factors = contract.annuity_of_fees()
    account.close("driver MARGIN", money(theirs["MARGIN"]), mean * margin / (1 - margin), 0.0051, CENT)
    account.close(
        "driver PAYMENT", money(theirs["PAYMENT"]), mean / (1 - margin) * (factors / annuity - 1), 0.0051, CENT
    )


def concessions(account, suite, quote, agreed, contract, lattice):
    """10 % off: what each of the first three costs and keeps, and what it leaves without a change."""
    found = suite.call(QUOTES, "FindConcessions", name=quote.name, discount={"value": "0.1"})
    account.close("target price", money(found.target_price), 0.9 * money(quote.price), 0.0051, CENT)
    policy, least = contract.policy, exact(contract.policy.target_margin)
    step = 4 * money(quote.cost.lattice_step)
    known = {contract.failure_terms(): lattice}

    def lattice_of(changed):
        """Payment and inspections leave failures as they are."""
        return known.get(changed.failure_terms()) or known.setdefault(changed.failure_terms(), Lattice(changed))

    for n, told in enumerate([*found.concessions[:3], found.unchanged]):
        name = f"concession {n + 1}" if n < 3 else "10 % off without a change"
        own = Contract(
            contract.assets, Terms(told.terms), policy, {r: rates.card for r, rates in contract.rates.items()}
        )
        mean, (annuity, factors) = own.mean(), own.annuity_of_fees()
        offered = money(found.target_price) / factors * annuity
        account.close(f"{name}: mean cost", money(told.mean_cost), mean, 0.0051, CENT)
        account.close(
            f"{name}: margin at the target",
            told.expected_margin,
            1 - mean / offered,
            1e-6,
            "the target's fee is rounded to cents",
        )
        lowest = mean / (1 - least) / annuity * contract.annuity_of_fees()[1]
        account.close(f"{name}: lowest price that keeps the margin", money(told.price), lowest, 0.0051, CENT)
        cost = lattice_of(own)
        loss, near = cost.exceeding(offered - own.planned()), cost.exceeding(offered - own.planned() - step)
        account.close(
            f"{name}: chance of a loss at the target",
            told.loss_probability,
            loss,
            near - loss,
            "one cell of the search's lattice, 2,000 yuan",
        )
    agreement(account, suite, agreed, found, contract, lattice_of)


def agreement(account, suite, agreed, found, contract, lattice_of):
    """What was agreed is the first concession, and keeps margin and risk at policy."""
    policy = contract.policy
    ceiling, least = exact(policy.max_loss_probability), exact(policy.target_margin)
    account.same("agreed terms are those of the first concession", agreed.terms, found.concessions[0].terms, "exact")
    own = Contract(contract.assets, Terms(agreed.terms), policy, {r: rates.card for r, rates in contract.rates.items()})
    mean, (annuity, factors) = own.mean(), own.annuity_of_fees()
    unit = money(policy.rounding)
    fee = math.ceil(mean / (1 - least) / annuity / unit - 1e-9) * unit
    account.close("agreed price", money(agreed.price), fee * factors, 0, "exact: rounded up to 10 yuan a year")
    account.between(
        "agreed price keeps the margin",
        1 - mean / (money(agreed.price) * annuity / factors),
        least,
        least + 0.001,
        "policy, and what rounding adds",
    )
    loss = lattice_of(own).exceeding(money(agreed.price) * annuity / factors - own.planned())
    account.between("agreed price keeps the risk", loss, 0, ceiling, "policy")
    account.between(
        "agreed price is within the target",
        money(agreed.price),
        0,
        money(found.target_price),
        "what the customer asked for",
    )
    bound = suite.call(CONTRACTS, "GetContract", name="contracts/full-cover")
    account.same("the contract's price is the agreed one", cents(bound.price), cents(agreed.price))
    account.note("counts of combinations rest on the steps of each lever, which the API does not show: not recomputed")
