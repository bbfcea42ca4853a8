"""Failure models: our own maximum likelihood on the work orders, and the truth that the world was made from."""

from datetime import date, timezone

import numpy as np
from scipy import optimize, special, stats

from .evidence import COVARIATES, Family
from .likelihood import EFFECT_PRIOR, Joint, Profile
from .suite import exact, money, pages, word
from .truth import made_from, truth
from .world import years

QUOTES = "aftercare.pricing.v1.QuoteService"
MODELS = "aftercare.pricing.v1.FailureModelService"
POLICY = "aftercare.pricing.v1.PolicyService"
FIRST = date(2017, 1, 1)
# Repairs that the belief in the policy's default costs is worth; not on the API.
COST_PRIOR = 3.0

ZONE = "a twentieth of a standard error: the suite counts ages from UTC midnight, 8 h after the day began in China"


class Prior:
    """What the policy believes of failures before any is seen."""

    def __init__(self, policy):
        self.rate, self.beta, self.weight = (
            exact(x)
            for x in (policy.failure_prior.failures_per_year, policy.failure_prior.beta, policy.failure_prior.weight)
        )
        self.age = exact(policy.reference_age_years)

    def scale(self, beta, modes):
        """lambda at which a machine fails as often as believed in the year around the reference age."""
        return self.rate / modes / ((self.age + 0.5) ** beta - (self.age - 0.5) ** beta)

    def shrunk(self, found, variance, towards):
        """ln(beta) blended by the precisions of estimate and belief (variance 1 / weight)."""
        share = (1 / self.weight) / (1 / self.weight + variance / found**2)
        return share, float(np.exp(share * np.log(found) + (1 - share) * np.log(towards)))

    def log_density(self, modes, towards):
        """The belief in ln(lambda) and beta: gamma-Poisson of that weight, normal in ln(beta), variance 1 / weight."""

        def density(log_lambda, beta):
            exposure = 1 / self.scale(beta, modes)
            return self.weight * (log_lambda - np.exp(log_lambda) * exposure - (np.log(beta / towards)) ** 2 / 2)

        return density


def prove(account, suite, world):
    account.chapter("3. Fit: work_orders.csv and assets.csv by our own likelihood")
    policy = suite.call(POLICY, "GetPricingPolicy", name="pricingPolicy")
    models = {model.family: model for model in pages(suite, MODELS, "ListFailureModels", "failure_models")}
    account.same("families fitted", sorted(models), ["of", "pb", "sf", "sv"])
    asked = suite.call(QUOTES, "GetQuote", name="quotes/full-cover")
    own = true = 0.0
    for family, model in sorted(models.items()):
        local, utc = Family(world, family, FIRST), Family(world, family, FIRST, timezone.utc)
        evidence(account, model, local)
        shapes(account, model, local, utc, Prior(policy))
        plain = joint(account, model, local)
        own += of_quote(asked, local, *plain)
        true += of_quote(asked, local, *made_from(local))
        effects(account, model, local)
        costs(account, model, local, policy)
        truth(account, suite, model)
    error = money(asked.cost.parameter_standard_error) / sum(money(line.failure_cost) for line in asked.lines)
    told = asked.cost.expected_failures
    account.close(
        "failures that the quote expects, by our own joint maximum likelihood",
        told,
        own,
        told * error / 4,
        "a quarter of the model's standard error: beliefs and zone",
    )
    account.close(
        "failures that the quote expects, by what the world was made from",
        told,
        true,
        3 * told * error,
        "three of the model's standard errors",
    )
    account.note("not on the API, taken as documented: weights of the beliefs (5 failures a level, 3 repairs a mode)")


def evidence(account, model, family):
    account.same(f"{family_name(model)} machines", model.machine_count, len(family.machines))
    account.same(f"{family_name(model)} failures", model.event_count, sum(len(m.failures) for m in family.machines))
    account.close(
        f"{family_name(model)} machine-years",
        model.machine_years,
        (family.exit - family.entry).sum(),
        1e-9,
        "rounding of doubles",
    )
    counts = {mode.mode: int(family.counts[mode.mode].sum()) for mode in model.modes}
    account.same(
        f"{family_name(model)} failures by mode", {mode.mode: mode.event_count for mode in model.modes}, counts
    )


def family_name(model):
    return f"{model.family}:"


def factors(model, family):
    """The machines' factors by the effects as the suite shows them."""
    known = {(e.covariate, e.level): e.factor for e in model.effects}
    return np.array(
        [np.prod([known[COVARIATES[c], machine.levels[c]] for c in range(3)]) for machine in family.machines]
    )


def shapes(account, model, local, utc, prior):
    """Each mode's likelihood, with the effects as the suite shows them."""
    factor = factors(model, local)
    pool = Profile(utc, np.concatenate([utc.ages(mode) for mode in utc.modes]), factor)
    pool_lambda, pool_beta = pool.fit()
    _, pooled = prior.shrunk(pool_beta, pool.covariance(np.log(pool_lambda), pool_beta)[1, 1], prior.beta)
    rows = {}
    for mode in model.modes:
        ages, ours = utc.ages(mode.mode), {}
        here, there = Profile(local, local.ages(mode.mode), factor), Profile(utc, ages, factor)
        error = mode.beta_standard_error
        ours["beta, China time"] = (mode.beta_maximum_likelihood / error, here.fit()[1] / error)
        scale, beta = there.fit()
        ours["beta"] = (mode.beta_maximum_likelihood, beta)
        seen = np.log(factor) @ utc.counts[mode.mode]
        likelihood = there.log_likelihood(np.log(scale), beta) + seen
        flat = there.log_likelihood(np.log(there.n / (factor * utc.growth(1.0)).sum()), 1.0) + seen
        ours["log-likelihood"] = (mode.log_likelihood, likelihood)
        ours["AIC"] = (mode.aic, 4 - 2 * likelihood)
        ours["AIC constant"] = (mode.aic_constant, 2 - 2 * flat)
        variance = there.covariance(np.log(scale), beta)[1, 1]
        share, shrunk = prior.shrunk(beta, variance, pooled)
        ours["credibility"] = (mode.credibility, share)
        ours["shrunk beta"] = (mode.beta, shrunk)
        belief = prior.log_density(len(model.modes), pooled)
        ours["s.e. of beta, relative"] = (
            error / np.sqrt(there.covariance(np.log(getattr(mode, "lambda")), mode.beta, belief)[1, 1]),
            1,
        )
        laplace, military = trends(utc, mode.mode)
        ours["Laplace"], ours["Laplace p"] = (
            (mode.laplace.statistic, laplace),
            (mode.laplace.p_value, 2 * stats.norm.sf(abs(laplace))),
        )
        law = stats.chi2(2 * there.n)
        ours["MIL-HDBK-189"] = (mode.mil_hdbk_189.statistic, military)
        ours["MIL-HDBK-189 p"] = (mode.mil_hdbk_189.p_value, 2 * min(law.sf(military), law.cdf(military)))
        ours["expected in the windows"] = (getattr(mode, "lambda") * (factor * utc.growth(mode.beta)).sum(), there.n)
        for what, pair in ours.items():
            rows.setdefault(what, {})[mode.mode] = pair
        full, handbook = cramer(utc, mode.mode, beta), cramer(utc, mode.mode, conditional(utc, mode.mode))
        account.note(
            f"{model.family} {mode.mode}: Cramer-von Mises {mode.cramer_von_mises.statistic:.3f}, ours {full:.3f}; "
            f"with MIL-HDBK-189's conditional shape, to which its 5 % point 0.22 belongs, {handbook:.3f}"
        )
    allowed = {
        "beta, China time": (0.05, ZONE),
        "s.e. of beta, relative": (
            0.05,
            "ours takes the belief's curvature exactly, the suite as that of a year at the reference age",
        ),
        "shrunk beta": (1e-3, "the pool's effects are one round older than those shown"),
        "credibility": (1e-5, "differences of a numerical Hessian"),
        "expected in the windows": (prior.weight, "the belief is worth two failures a mode"),
    }
    for what, pairs in rows.items():
        bound, why = allowed.get(what, (1e-6, "rounding; ages from UTC midnight as the suite takes them"))
        account.most(f"{family_name(model)} {what}", pairs, bound, why)


def trends(family, mode):
    """Laplace's statistic and MIL-HDBK-189's, conditional on each machine's count."""
    excess = variance = military = 0.0
    for machine in family.machines:
        ages = [age for own, age in machine.failures if own == mode]
        span = machine.exit - machine.entry
        excess += sum(age - (machine.entry + machine.exit) / 2 for age in ages)
        variance += len(ages) * span**2 / 12
        military += 2 * sum(np.log(span / (age - machine.entry)) for age in ages)
    return excess / np.sqrt(variance), military


def windows(family, mode):
    found = [(age, m.entry, m.exit) for m in family.machines for own, age in m.failures if own == mode]
    return np.array(found).T


def conditional(family, mode):
    """The shape given each machine's count, as MIL-HDBK-189 estimates it for several systems."""
    ages, entry, end = windows(family, mode)
    density = lambda b: len(ages) * np.log(b) + (b - 1) * np.log(ages).sum() - np.log(end**b - entry**b).sum()
    return optimize.minimize_scalar(
        lambda b: -density(b), bounds=(0.05, 15), method="bounded", options={"xatol": 1e-10}
    ).x


def cramer(family, mode, beta):
    """Cramer-von Mises of the failures, each transformed within its machine's window by the unbiased shape."""
    ages, entry, end = windows(family, mode)
    n = len(ages)
    shape = beta * (n - 1) / n
    uniform = np.sort((ages**shape - entry**shape) / (end**shape - entry**shape))
    return 1 / (12 * n) + ((uniform - (2 * np.arange(n) + 1) / (2 * n)) ** 2).sum()


def of_quote(quote, family, scales, shapes, effects):
    """Expected failures of the quote's machines of a family over its term, no exclusions."""
    start = date(quote.start_date.year, quote.start_date.month, quote.start_date.day)
    covered = {line.asset.rsplit("/", 1)[-1] for line in quote.lines}
    factor = np.exp(family.design @ np.log(np.maximum(effects, 1e-12)))
    total = 0.0
    for machine, own in zip(family.machines, factor):
        if machine.serial in covered:
            age = years(machine.commissioned, start)
            total += own * (scales * ((age + quote.terms.term_months / 12) ** shapes - age**shapes)).sum()
    return total


def joint(account, model, family):
    """Everything maximised together, without any belief: how far the suite's beliefs and its iteration take it."""
    scales, plain, raw = Joint(family, 0.0).fit()
    scaled = {
        m.mode: (m.beta_maximum_likelihood / m.beta_standard_error, b / m.beta_standard_error)
        for m, b in zip(model.modes, plain)
    }
    account.most(
        f"{family_name(model)} beta in standard errors, joint maximum likelihood without beliefs",
        scaled,
        0.35,
        "a third of a standard error: beliefs of 5 failures at each of some 25 levels",
    )
    _, believed, own = Joint(family, EFFECT_PRIOR).fit()
    scaled = {
        m.mode: (m.beta_maximum_likelihood / m.beta_standard_error, b / m.beta_standard_error)
        for m, b in zip(model.modes, believed)
    }
    account.most(f"{family_name(model)} beta in standard errors, joint with the beliefs in effects", scaled, 0.05, ZONE)
    known = {(e.covariate, e.level): e for e in model.effects}
    ours = dict(zip(family.names, own))
    for c, covariate in enumerate(COVARIATES):
        levels = family.levels[c]
        weight = np.array([known[covariate, level].event_count for level in levels], float)
        center = lambda values: np.log(values) - np.average(np.log(values), weights=weight)
        theirs = center(np.array([known[covariate, level].factor for level in levels]))
        mine = center(np.array([ours[c, level] for level in levels]))
        errors = np.array([known[covariate, level].log_standard_error for level in levels])
        pairs = {level: (a / e, b / e) for level, a, b, e in zip(levels, theirs, mine, errors)}
        account.most(
            f"{family_name(model)} effects of {covariate} in standard errors, each against their mean",
            pairs,
            0.25,
            "a quarter: ours has its beliefs about each level's own 1, the suite's about the average machine",
        )
    return scales, plain, raw


def effects(account, model, family):
    """Observed and expected of every level by the intensities shown, and the factor that follows."""
    factor = factors(model, family)
    base = sum(getattr(mode, "lambda") * family.growth(mode.beta) for mode in model.modes)
    observed, expected, follows, weights = {}, {}, {}, {}
    for effect in model.effects:
        c = COVARIATES.index(effect.covariate)
        at = np.array([machine.levels[c] == effect.level for machine in family.machines])
        seen = sum(len(machine.failures) for machine, here in zip(family.machines, at) if here)
        own = (base * factor / effect.factor)[at].sum()
        name = f"{effect.covariate} {effect.level}"
        observed[name], expected[name] = (effect.event_count, seen), (effect.expected_count / own, 1.0)
        follows[name] = (effect.factor, (seen + EFFECT_PRIOR) / (own + EFFECT_PRIOR))
        weights[name] = own
    account.most(f"{family_name(model)} failures at each level", observed, 0, "exact")
    account.most(
        f"{family_name(model)} expected at each level, relative",
        expected,
        1e-4,
        "the suite's cyclic scaling stops at its hundredth sweep",
    )
    # The overall level is lambda's, so that each covariate's factors are compared about their mean.
    for covariate in COVARIATES:
        names = [name for name in follows if name.split()[0] == covariate]
        weight = np.array([weights[name] for name in names])
        pairs = np.array([follows[name] for name in names])
        pairs = pairs / (weight @ pairs / weight.sum())
        account.most(
            f"{family_name(model)} {covariate}: factor of each level from its own observed and expected",
            dict(zip(names, map(tuple, pairs))),
            1e-2,
            "the belief in no effect weighs with the level, which is settled between rounds",
        )
    average = (base * factor).sum() / base.sum()
    account.close(
        f"{family_name(model)} factor of the average machine",
        average,
        1.0,
        1e-4,
        "by the API 1 is the average machine; the intensities are a round younger than the effects",
    )


def costs(account, model, family, policy):
    """Severity: moments of hours, parts and journeys drawn to the defaults, their correlation, AIC of both families."""
    defaults = policy.default_costs
    spread = exact(defaults.cost_variation)
    believed = (
        exact(defaults.labour_hours_per_failure),
        money(defaults.parts_cost_per_failure),
        money(defaults.travel_cost_per_visit),
    )
    rate = money(defaults.labour_cost_per_hour)
    means, deviations, others = {}, {}, {}
    for mode in model.modes:
        seen = np.array(family.costs[mode.mode])
        weight = len(seen) / (len(seen) + COST_PRIOR)
        for i, part in enumerate(("labour_hours", "parts", "travel")):
            theirs = getattr(mode.severity, part)
            mean = weight * seen[:, i].mean() + (1 - weight) * believed[i]
            deviation = np.sqrt(weight * seen[:, i].var(ddof=1) + (1 - weight) * (spread * mean) ** 2)
            if part == "labour_hours":
                deviation = max(deviation, exact(policy.technician_spread) * mean)
            means[f"{mode.mode} {part}"], deviations[f"{mode.mode} {part}"] = (
                (theirs.mean / mean, 1),
                (theirs.standard_deviation / deviation, 1),
            )
        total = seen[:, 0] * rate + seen[:, 1] + seen[:, 2]
        aic = aics(total)
        others[f"{mode.mode} correlation"] = (
            mode.severity.labour_parts_correlation,
            np.corrcoef(seen[:, 0], seen[:, 1])[0, 1],
        )
        others[f"{mode.mode} AIC lognormal"], others[f"{mode.mode} AIC gamma"] = (
            (mode.severity.aic_lognormal, aic[0]),
            (mode.severity.aic_gamma, aic[1]),
        )
        better = "GAMMA" if len(seen) >= 20 and aic[1] < aic[0] else "LOGNORMAL"
        account.same(
            f"{family_name(model)} {mode.mode} family of cost",
            word(mode.severity, "family").removeprefix("SEVERITY_FAMILY_"),
            better,
        )
    account.most(f"{family_name(model)} mean costs, relative", means, 1e-9, "rounding")
    account.most(f"{family_name(model)} deviations of costs, relative", deviations, 1e-9, "rounding")
    account.most(
        f"{family_name(model)} correlations and AIC of costs", others, 1e-5, "ours solves the gamma shape to 1e-12"
    )


def aics(values):
    """Akaike's criterion of the lognormal and of the gamma by maximum likelihood, two parameters each."""
    logs = np.log(values)
    lognormal = stats.norm.logpdf(logs, logs.mean(), logs.std()).sum() - logs.sum()
    gap = np.log(values.mean()) - logs.mean()
    shape = optimize.brentq(lambda a: np.log(a) - special.digamma(a) - gap, 1e-3, 1e4, xtol=1e-12)
    gamma = stats.gamma.logpdf(values, shape, scale=values.mean() / shape).sum()
    return 4 - 2 * lognormal, 4 - 2 * gamma
