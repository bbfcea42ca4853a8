"""The diversion of the Zhejiang distributor: units, tests, scale, sanction and compensation from files alone."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
from scipy import special

from .market import Market
from .suite import amount, money, pages, word
from .world import CHINA

DETECTION = "aftercare.channel.v1.DetectionService"
CONFLICTS = "aftercare.channel.v1.ConflictService"
NETWORK = "aftercare.channel.v1.DistributorService"
# Conventions of the suite that are not on the API: the least spread between cells, units that a cell and a signal need,
# how long a unit must have been out to have been sold, points of the ladder.
LEAST_CORRELATION, MIN_JUDGED, MIN_OUT, RIPE = 0.002, 5, 3, timedelta(days=60)
LADDER = ((0, 0, 0), (1, 10, 0), (2, 25, 0), (3, 40, 14), (4, 60, 30), (5, 100, 60), (7, 100, 90))
FUND = Decimal(5_000_000)
CENT = Decimal("0.01")


def upper_tail(x, n, a, b):
    """P(X >= x) of the beta-binomial, summed from its probabilities, so that tiny tails keep their digits."""
    k = np.arange(x, n + 1)
    logs = (
        special.gammaln(n + 1)
        - special.gammaln(k + 1)
        - special.gammaln(n - k + 1)
        + special.betaln(k + a, n - k + b)
        - special.betaln(a, b)
    )
    return float(np.exp(special.logsumexp(logs)))


def point(x, n, a, b):
    """ln P(X = x)."""
    return (
        special.gammaln(n + 1)
        - special.gammaln(x + 1)
        - special.gammaln(n - x + 1)
        + special.betaln(x + a, n - x + b)
        - special.betaln(a, b)
    )


def cells(market, rows):
    """Units out of territory and judged, of each distributor and product in each province where it has no right."""
    judged, out, provinces, excused = defaultdict(set), defaultdict(set), set(), set()
    limit = {(row["distributor_no"], row["region"]): int(row["max_units"]) for row in market.exceptions}
    for item, _, holder, place, _, verdict in rows:
        product = market.products[item[0]]["product_no"]
        provinces.add(place)
        judged[holder, product].add(item)
        if verdict == "EXCEPTED" and (item in excused or len(excused) < limit[holder, place]):
            excused.add(item)
        elif verdict != "IN_TERRITORY":
            out[holder, place, product].add(item)
    return {
        (holder, place, product): (len(out[holder, place, product]), len(units))
        for (holder, product), units in judged.items()
        for place in provinces
        if market.home[holder] != place and len(units) >= MIN_JUDGED
    }


def background(found, holder):
    """Beta shapes from all other distributors' cells: mean with half a unit added, correlation by Kleinman (1973)."""
    others = np.array([pair for (own, _, _), pair in found.items() if own != holder], float)
    x, n = others.T
    units = n.sum()
    mean = (x.sum() + 0.5) / (units + 1)
    spread = (n * (x / n - mean) ** 2).sum()
    room = units - (n**2).sum() / units - (len(n) - 1)
    correlation = (spread - mean * (1 - mean) * (len(n) - 1)) / (mean * (1 - mean) * room)
    strength = 1 / min(max(correlation, LEAST_CORRELATION), 0.5) - 1
    return mean * strength, (1 - mean) * strength


def prove(account, suite, world):
    account.chapter("5. Conflict: from EPCIS documents, deliveries and the network")
    conflict = suite.call(CONFLICTS, "ListConflicts", page_size=10).conflicts
    account.same("conflicts", [c.name for c in conflict], ["conflicts/d01-2025-09-01"])
    conflict = conflict[0]
    first, last = (date(d.year, d.month, d.day) for d in (conflict.window.start_date, conflict.window.end_date))
    market = Market(world, first, last)
    rows = market.within()
    verdicts(account, suite, market, rows)
    signals(account, suite, market, rows, conflict)
    parts = scale(account, market, rows, conflict)
    decision(account, world, market, conflict, parts)


def verdicts(account, suite, market, rows):
    """Every sighting's verdict, who answers for it, whether it was sold under the floor."""
    stored = pages(suite, DETECTION, "ListSightings", "sightings")
    account.same("sightings stored", len(stored), len(market.sightings))
    name = lambda product, number: (product, number)
    ours = defaultdict(list)
    for item, at, holder, place, price in market.sightings:
        product = market.products[item[0]]
        floor = Decimal(product["floor_price"]) if product["floor_price"] else None
        under = bool(price and floor and price < floor)
        ours[name(product["product_no"].lower(), item[1])].append(
            (at.timestamp(), (holder or "").lower(), market.verdict(holder, place, at), under)
        )
    theirs = defaultdict(list)
    for s in stored:
        own = (
            s.sight_time.seconds + s.sight_time.nanos / 1e9,
            s.responsible.rsplit("/", 1)[-1],
            word(s, "verdict").removeprefix("VERDICT_"),
            s.below_floor,
        )
        theirs[name(s.product.rsplit("/", 1)[-1], s.serial)].append(own)
    differing = [key for key in ours.keys() | theirs.keys() if sorted(ours[key]) != sorted(theirs[key])]
    account.same("units whose sightings are judged otherwise", differing, [])
    account.same(
        "sightings under the floor",
        sum(s.below_floor for s in stored),
        sum(under for seen in ours.values() for *_, under in seen),
    )
    seen = defaultdict(int)
    for _, _, holder, place, _, _ in rows:
        seen[place] += holder == "D01"
    for place in ("330000", "350000", "360000"):
        request = {"filter": f'responsible = "distributors/d01" AND province = "{place}"'}
        found = pages(suite, DETECTION, "ListSightings", "sightings", **request)
        account.same(f"sightings of Zhejiang's goods in {place}", len(found), seen[place])


def signals(account, suite, market, rows, conflict):
    """Every cell is tested; Benjamini and Hochberg over all of them choose the signals."""
    found = cells(market, rows)
    shapes = {holder: background(found, holder) for holder in {holder for holder, _, _ in found}}
    p_values = {key: upper_tail(x, n, *shapes[key[0]]) for key, (x, n) in found.items()}
    order = sorted(p_values, key=p_values.get, reverse=True)
    q_values, least = {}, 1.0
    for behind, key in enumerate(order):
        least = min(least, p_values[key] * len(order) / (len(order) - behind))
        q_values[key] = least
    chosen = {key for key in order if q_values[key] <= 0.05 and found[key][0] >= MIN_OUT}
    window = {"start_date": civil(conflict.window.start_date), "end_date": civil(conflict.window.end_date)}
    run = suite.call(DETECTION, "RunDetection", window=window, validate_only=True)
    account.same("cells tested", run.cells, len(found))
    key_of = lambda s: (last(s.distributor).upper(), s.region, last(s.product).upper())
    stored = {key_of(signal): signal for signal in pages(suite, DETECTION, "ListSignals", "signals")}
    account.same("signals", sorted(stored), sorted(chosen))
    account.same(
        "units out of territory and judged, by signal",
        {k: (s.out_of_territory, s.judged) for k, s in stored.items()},
        {k: found[k] for k in stored},
    )
    logs = lambda pick, ours: {"/".join(k): (np.log10(pick(s)), np.log10(ours[k])) for k, s in stored.items()}
    account.most(
        "background, first shape",
        {"/".join(k): (s.background_alpha, shapes[k[0]][0]) for k, s in stored.items()},
        1e-9,
        "rounding",
    )
    account.most(
        "background, second shape",
        {"/".join(k): (s.background_beta, shapes[k[0]][1]) for k, s in stored.items()},
        1e-6,
        "rounding",
    )
    account.most("log10 of p", logs(lambda s: s.p_value, p_values), 1e-8, "rounding of log-gammas")
    account.most("log10 of q", logs(lambda s: s.q_value, q_values), 1e-8, "rounding of log-gammas")
    evidence = {
        "/".join(k): (s.log_odds, point(*found[k], 1.0, 1.0) - point(*found[k], *shapes[k[0]]))
        for k, s in stored.items()
    }
    account.most("log-odds against the background", evidence, 1e-8, "rounding of log-gammas")
    account.close(
        "log-odds of the conflict", conflict.log_odds, sum(pair[1] for pair in evidence.values()), 1e-6, "rounding"
    )


def last(name):
    return name.rsplit("/", 1)[-1]


def civil(wire):
    return {"year": wire.year, "month": wire.month, "day": wire.day}


def estimate(x, seen, unseen, most):
    """Units behind x seen ones: x + K, K beta-negative-binomial (x, seen + 1, unseen + 1), at most `most` in all.

    The scan rate has a uniform prior and binomial evidence, the number of units one proportional to 1 / D.
    """
    k = np.arange(0, most - x + 1)
    logs = (
        special.gammaln(x + k)
        - special.gammaln(x)
        - special.gammaln(k + 1)
        + special.betaln(seen + 1 + x, unseen + 1 + k)
        - special.betaln(seen + 1, unseen + 1)
    )
    chance = np.exp(logs - special.logsumexp(logs))
    sums = np.cumsum(chance)
    return x + (chance * k).sum(), x + int(np.searchsorted(sums, 0.05)), x + int(np.searchsorted(sums, 0.95))


class Facts:
    """What a scale rests on: units shipped to the accused, honest units seen and unseen, units out of territory."""

    def __init__(self, market, rows, conflict):
        self.accused = last(conflict.accused).upper()
        named = {last(product).upper() for product in conflict.products}
        self.products = {row["product_no"]: row for row in market.products.values() if row["product_no"] in named}
        of = lambda item: market.products[item[0]]["product_no"]
        self.shipped, cohort = defaultdict(int), {}
        for item, (holder, at) in market.shipments.items():
            if of(item) not in named:
                continue
            if holder == self.accused and market.first <= at < market.last:
                self.shipped[of(item)] += 1
            if holder != self.accused and market.first <= at < market.last - RIPE:
                cohort[item] = False
        for item, at, *_ in market.sightings:
            if item in cohort and at < market.last:
                cohort[item] = True
        self.seen = sum(cohort.values())
        self.unseen = len(cohort) - self.seen
        self.out, self.prices = defaultdict(set), defaultdict(list)
        for item, _, holder, place, price, verdict in rows:
            theirs = holder == self.accused and of(item) in named
            if theirs and verdict == "OUT_OF_TERRITORY" and place in conflict.regions:
                self.out[place, of(item)].add(item)
                self.prices[place, of(item)] += [price] if price else []
        self.holders = {region: holder.lower() for holder, region in market.home.items()}

    def value(self, expected, product, column):
        return rounded(expected * float(self.products[product][column]))


def scale(account, market, rows, conflict):
    """Units diverted by region and product, their value, the loss of whom they injured."""
    facts = Facts(market, rows, conflict)
    honest = f"{facts.seen} of {facts.seen + facts.unseen} honest units"
    account.same("the honest cohort", conflict.scale.assumptions[0][: len(honest)], honest)
    losses, value, pairs = defaultdict(Decimal), Decimal(0), defaultdict(dict)
    for part in conflict.scale.regions:
        region, product = key = (part.region, last(part.product).upper())
        expected, low, high = estimate(len(facts.out[key]), facts.seen, facts.unseen, facts.shipped[product])
        listed, lost = (facts.value(expected, product, column) for column in ("list_price", "distributor_margin"))
        told = {
            "units seen out of territory": (part.seen_out, len(facts.out[key])),
            "units shipped to the accused": (part.shipped, facts.shipped[product]),
            "expected units": (part.diverted.expected, expected),
            "5 % quantile": (part.diverted.low, low),
            "95 % quantile": (part.diverted.high, high),
            "value at list": (money(part.value_at_list), listed),
            "loss": (money(part.loss), lost),
        }
        prices = sorted(facts.prices[key])
        if prices:
            seen = rounded(expected * float(prices[(len(prices) - 1) // 2]))
            told["value at the median price seen"] = (money(part.value_at_seen_price), seen)
        for what, pair in told.items():
            pairs[what]["/".join(key)] = pair
        injured = facts.holders[region]
        asked = (last(part.injured), part.HasField("value_at_seen_price"))
        account.same(f"{'/'.join(key)}: who is injured, whether a price was seen", asked, (injured, bool(prices)))
        losses[injured] += lost
        value += listed
    for what, found in pairs.items():
        cent = what.startswith("value") or what == "loss"
        account.most(f"scale: {what}", found, 0.0001 if cent else 1e-8, "exact to the cent" if cent else "rounding")
    theirs = sorted((part.region, last(part.product).upper()) for part in conflict.scale.regions)
    ours = sorted(key for key, units in facts.out.items() if units)
    account.same("regions and products of the scale", theirs, ours)
    whole(account, facts, conflict.scale, value, losses)
    weekly(account, facts.out, rows, conflict.scale)
    return losses


def whole(account, facts, told, value, losses):
    """All regions and products together."""
    shipped, out = sum(facts.shipped.values()), sum(map(len, facts.out.values()))
    expected, low, high = estimate(out, facts.seen, facts.unseen, shipped)
    units = told.diverted
    account.close("scale: units in all", units.expected, expected, 1e-7, "rounding")
    account.same("scale: 90 % interval in all", (units.low, units.high), (low, high))
    account.close("scale: share of the units shipped", told.diverted_share, expected / shipped, 1e-9, "rounding")
    account.same("scale: value at list in all", amount(told.value_at_list), value)
    account.same("scale: loss in all", amount(told.loss), sum(losses.values()))
    truth = "known truth of the world; a 90 % interval"
    account.between("the 540 units that were diverted, in the interval", 540, units.low, units.high, truth)


def weekly(account, out, rows, told):
    """Units out of territory by the ISO week in which each was first seen."""
    first = {}
    for item, at, _, _, _, verdict in rows:
        if any(item in units for units in out.values()) and verdict == "OUT_OF_TERRITORY":
            first.setdefault(item, at.astimezone(CHINA).date().isocalendar())
    weeks = defaultdict(int)
    for week in first.values():
        weeks[f"{week.year}-W{week.week:02}"] += 1
    account.same("scale: units by week", {w.week: w.units for w in told.weeks}, dict(sorted(weeks.items())))


def rounded(value):
    """A model's amount in cents: the double's shortest decimal, half to even."""
    return Decimal(repr(float(value))).quantize(CENT, ROUND_HALF_EVEN)


def decision(account, world, market, conflict, losses):
    """Rebate step and deduction by the plan and the ladder; shares of the compensation to the cent."""
    accused = last(conflict.accused).upper()
    plan = next(row for row in world.erp("rebate_plans") if row["distributor_no"] == accused)
    purchases = Decimal(plan["purchases"])
    rate = max(
        (Decimal(plan[f"rate_{n}"]) for n in (1, 2, 3) if purchases >= Decimal(plan[f"threshold_{n}"])),
        default=Decimal(0),
    )
    rebate = (purchases * rate).quantize(CENT, ROUND_HALF_EVEN)
    account.same(
        "purchases of the plan are the year's deliveries at the distributor's prices",
        purchases,
        market.purchases[accused],
    )
    account.same("the last step is reached", rate, Decimal(plan["rate_3"]))
    gtin = {row["product_no"]: key for key, row in market.products.items()}
    carried = sum(
        part.diverted.expected * float(market.prices[gtin[last(part.product).upper()]])
        for part in conflict.scale.regions
    )
    account.between(
        "purchases without the diverted units",
        float(purchases) - carried,
        0,
        plan["threshold_3"],
        "under the last step: the diversion carries them over it",
    )
    points = sum(conflict.scale.diverted_share >= limit for limit in (0.03, 0.10, 0.25)) + [
        "NEGLIGENT",
        "TOLERATED",
        "DELIBERATE",
    ].index(word(conflict, "intent").removeprefix("INTENT_"))
    _, percent, days = next(rung for rung in reversed(LADDER) if points >= rung[0])
    sanctions = {word(s, "kind").removeprefix("SANCTION_KIND_"): s for s in conflict.decision.sanctions}
    account.same("sanctions", sorted(sanctions), ["REBATE_DEDUCTION", "SUPPLY_HOLD", "WARNING"])
    deduction = (rebate * percent / 100).quantize(CENT, ROUND_HALF_EVEN)
    account.same(
        "rebate deduction", amount(sanctions["REBATE_DEDUCTION"].amount), deduction, f"exact: {percent} % of {rebate}"
    )
    hold = sanctions["SUPPLY_HOLD"].period
    span = date(hold.end_date.year, hold.end_date.month, hold.end_date.day) - date(
        hold.start_date.year, hold.start_date.month, hold.start_date.day
    )
    account.same("days of supply hold", span.days, days)
    compensation(account, conflict, deduction, losses)


def compensation(account, conflict, deduction, losses):
    """The deduction pays first, then the fund; by loss, to the cent."""
    lost = sum(losses.values())
    total = min(lost, deduction + FUND)
    paid = allocated(total, losses)
    deducted = allocated(min(deduction, total), paid)
    theirs = {last(s.distributor): s for s in conflict.decision.compensation.shares}
    account.same("who is compensated", sorted(theirs), sorted(losses))
    for name in sorted(losses):
        told = theirs[name]
        account.same(
            f"{name}: loss, paid, from the deduction, from the fund",
            tuple(str(amount(a).quantize(CENT)) for a in (told.loss, told.amount, told.from_deduction, told.from_fund)),
            tuple(str(a) for a in (losses[name], paid[name], deducted[name], paid[name] - deducted[name])),
        )
    account.same("compensation in all", amount(conflict.decision.compensation.total), total)
    account.note(
        "not on the API, taken as documented: points and percents of the ladder, 60 days of the cohort, least spread"
    )


def allocated(total, weights):
    """Shares in cents by largest remainder."""
    whole, exact_ = sum(weights.values()), {}
    shares = {}
    for name, weight in weights.items():
        exact_[name] = total * weight / whole
        shares[name] = exact_[name].quantize(CENT, "ROUND_FLOOR")
    left = int((total - sum(shares.values())) / CENT)
    for name in sorted(weights, key=lambda n: shares[n] - exact_[n])[:left]:
        shares[name] += CENT
    return shares
