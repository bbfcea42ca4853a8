"""Grades of all customers, from customers.csv and the policy that the suite says it grades by."""

from bisect import bisect_right
from datetime import date

from .suite import exact, pages, together, word

CUSTOMER = "aftercare.customer.v1.CustomerService"
GRADE = "aftercare.customer.v1.GradeService"
STORY = "customers/c0007"

# What each input is by the API's own words (customer.proto, GradeEvidence), found in the file's columns.
COLUMNS = {
    "GRADE_INPUT_KIND_ANNUAL_REVENUE": lambda row: decimal(row["revenue_12m"]),
    "GRADE_INPUT_KIND_MARGIN_SHARE": lambda row: share(row["margin_12m"], row["revenue_12m"]),
    "GRADE_INPUT_KIND_WALLET_SHARE": lambda row: decimal(row["wallet_share"]),
    "GRADE_INPUT_KIND_INDUSTRY_STANDING": lambda row: decimal(row["industry_standing"]),
    "GRADE_INPUT_KIND_REFERENCES_GIVEN": lambda row: decimal(row["references_given"]),
    "GRADE_INPUT_KIND_PLANNED_PURCHASES": lambda row: decimal(row["planned_purchases_12m"]),
    "GRADE_INPUT_KIND_GROWTH_RATE": lambda row: decimal(row["growth_rate"]),
}
SCORE = {
    "ANNUAL_REVENUE": "CONTRIBUTION",
    "MARGIN_SHARE": "CONTRIBUTION",
    "WALLET_SHARE": "CONTRIBUTION",
    "INDUSTRY_STANDING": "INFLUENCE",
    "REFERENCES_GIVEN": "INFLUENCE",
    "PLANNED_PURCHASES": "POTENTIAL",
    "GROWTH_RATE": "POTENTIAL",
}
ROUNDING = "the bridge keeps six places of the margin share, worth 2e-7 of the total"


def decimal(text):
    return float(text) if text else None


def share(part, whole):
    return float(part) / float(whole) if part and whole and float(whole) else None


def sound(row):
    """Whether a row can be a customer: it has a key, its dates are dates, its credit code has its check character."""
    try:
        date.fromisoformat(row["customer_since"])
    except ValueError:
        return False
    return bool(row["customer_no"]) and (not row["uscc"] or row["uscc"][17] == check_character(row["uscc"]))


def check_character(code):
    """GB 32100-2015: weights are powers of 3 modulo 31 over the alphabet without I, O, S, V, Z."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    return alphabet[-total % 31]


class Policy:
    """The grade policy as numbers."""

    def __init__(self, wire):
        self.inputs = [
            (word(given, "kind"), exact(given.weight), [(exact(p.value), exact(p.score)) for p in given.scale])
            for given in wire.inputs
        ]
        self.weights = {
            word(given, "score").removeprefix("SCORE_KIND_"): exact(given.weight) for given in wire.score_weights
        }
        self.thresholds = [exact(wire.threshold_a), exact(wire.threshold_b), exact(wire.threshold_c)]
        self.margin = exact(wire.margin)

    def parts(self, values):
        """What each input adds to the total: weight of its score x weight of the input x score, unknown inputs 0."""
        return {
            kind: self.weights[SCORE[kind.removeprefix("GRADE_INPUT_KIND_")]]
            * weight
            * interpolated(scale, values[kind])
            for kind, weight, scale in self.inputs
        }

    def letter(self, total, shift=0.0):
        return "ABCD"[sum(total < threshold + shift - 1e-12 for threshold in self.thresholds)]


def interpolated(scale, value):
    """Piecewise linear, flat outside."""
    if value is None:
        return 0.0
    values = [point[0] for point in scale]
    at = bisect_right(values, value)
    if at == 0:
        return scale[0][1]
    if at == len(scale):
        return scale[-1][1]
    (x0, y0), (x1, y1) = scale[at - 1], scale[at]
    return y0 + (y1 - y0) * (value - x0) / (x1 - x0)


def nearest_down(policy, values):
    """The input whose least fall, as a part of its scale, brings the total a margin under the threshold."""
    parts = policy.parts(values)
    total, own = sum(parts.values()), policy.letter(sum(parts.values()))

    def falls(kind, value):
        return policy.letter(total - parts[kind] + policy.parts({**values, kind: value})[kind], -policy.margin) > own

    found = []
    for kind, _, scale in policy.inputs:
        low, high = scale[0][0], scale[-1][0]
        if not falls(kind, low):
            continue
        falling, staying = low, values[kind]
        for _ in range(80):
            middle = 0.5 * (falling + staying)
            falling, staying = (middle, staying) if falls(kind, middle) else (falling, middle)
        found.append(((values[kind] - falling) / (high - low), kind, falling))
    return min(found)


def prove(account, suite, world):
    account.chapter("1. Grading: customers.csv by the policy in force")
    policy = Policy(suite.call(GRADE, "GetGradePolicy", name="gradePolicies/current"))
    rows = {f"customers/{row['customer_no'].lower()}": row for row in world.erp("customers") if sound(row)}
    listed = {customer.name: customer for customer in pages(suite, CUSTOMER, "ListCustomers", "customers")}
    account.same("customers stored", len(listed), len(rows), "exact: sound rows of the file")
    account.same("customers that are in one but not in the other", sorted(listed.keys() ^ rows.keys()), [])
    ours = {name: {kind: of(row) for kind, of in COLUMNS.items()} for name, row in rows.items()}
    totals = {name: sum(policy.parts(values).values()) for name, values in ours.items()}
    records = dict(zip(rows, together(lambda name: suite.call(GRADE, "ListGradeHistory", name=name).records[0], rows)))
    account.most("total score", {name: (exact(records[name].total), totals[name]) for name in rows}, 1e-6, ROUNDING)
    wrong = [name for name in rows if word(listed[name], "grade")[-1] != policy.letter(totals[name])]
    account.same("customers with another grade", wrong, [])
    for letter in "ABCD":
        theirs = sum(word(customer, "grade")[-1] == letter for customer in listed.values())
        account.same(
            f"customers of grade {letter}", theirs, sum(policy.letter(total) == letter for total in totals.values())
        )
    story(account, suite, policy, ours[STORY])


def story(account, suite, policy, values):
    explained = suite.call(GRADE, "ExplainGrade", name=STORY)
    parts = policy.parts(values)
    for score in explained.record.scores:
        for given in score.inputs:
            kind = word(given, "kind")
            name = kind.removeprefix("GRADE_INPUT_KIND_").lower().replace("_", " ")
            account.close(f"{STORY} {name}: value", exact(given.value), values[kind], 5e-7, "six places")
            account.close(f"{STORY} {name}: adds", exact(given.contribution), parts[kind], 1e-6, ROUNDING)
    account.close(f"{STORY} total", exact(explained.record.total), sum(parts.values()), 1e-6, ROUNDING)
    account.same(f"{STORY} grade", word(explained.record, "grade")[-1], policy.letter(sum(parts.values())))
    effort, kind, value = nearest_down(policy, values)
    change = explained.nearest_down
    account.same(f"{STORY} nearest way down: which input", word(change, "kind"), kind)
    account.close(
        f"{STORY} nearest way down: to",
        exact(change.to_value),
        value,
        20,
        "the margin share's six places, worth 2e-7 of the total, at 1.6e-8 a yuan",
    )
    account.close(f"{STORY} nearest way down: effort", exact(change.effort), effort, 2e-6, "the same, and six places")
