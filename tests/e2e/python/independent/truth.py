"""What the sample world was made from, as its README says, against what was fitted."""

import numpy as np

from .evidence import COVARIATES

# README, "What is true": shape, scale in years.
TRUTH = {
    ("sf", "AIR_END"): (2.6, 10.5), ("sf", "BEARING"): (2.1, 7.5), ("sf", "SEAL"): (1.5, 4.5),
    ("sf", "CONTROL"): (1.0, 7.0), ("sf", "COOLER"): (1.25, 5.0), ("sv", "AIR_END"): (2.5, 11.0),
    ("sv", "BEARING"): (2.0, 8.0), ("sv", "SEAL"): (1.5, 5.0), ("sv", "CONTROL"): (1.0, 6.5),
    ("sv", "INVERTER"): (0.75, 6.0), ("sv", "COOLER"): (1.25, 5.5), ("of", "AIR_END"): (2.8, 9.5),
    ("of", "BEARING"): (2.2, 7.0), ("of", "COOLER"): (1.3, 4.5), ("of", "CONTROL"): (1.0, 6.0),
    ("of", "MOTOR"): (1.7, 10.0), ("pb", "VALVE"): (1.9, 3.6), ("pb", "SEAL"): (1.6, 3.5),
    ("pb", "CONTROL"): (1.0, 8.0),
}  # fmt: skip
TRUE_FACTOR = {
    "environment": {"indoor_clean": 0.85, "indoor": 1.0, "dusty": 1.35, "corrosive": 1.15},
    "duty": {"low": 0.8, "medium": 1.0, "high": 1.25},
}


def truth(account, suite, model):
    """What the world was made from, within three standard errors."""
    name = f"{model.family}:"
    forecast = suite.call(
        "aftercare.pricing.v1.FailureModelService",
        "ForecastFailures",
        name=model.name,
        from_age_years=3,
        to_age_years=4,
    )
    known = {(e.covariate, e.level): e for e in model.effects}
    indoor, medium = known["environment", "indoor"], known["duty", "medium"]
    shapes, rates, ratios, laws = {}, {}, {}, {}
    for mode, told in zip(model.modes, forecast.modes):
        beta, eta = TRUTH[model.family, mode.mode]
        shapes[mode.mode] = ((mode.beta - beta) / mode.beta_standard_error, 0)
        true = (4 / eta) ** beta - (3 / eta) ** beta
        error = np.sqrt(
            (told.standard_error / told.expected_failures) ** 2
            + indoor.log_standard_error**2
            + medium.log_standard_error**2
        )
        rates[mode.mode] = (np.log(told.expected_failures * indoor.factor * medium.factor / true) / error, 0)
        laws[mode.mode] = (told.expected_failures, getattr(mode, "lambda") * (4**mode.beta - 3**mode.beta))
    for covariate, factors_ in TRUE_FACTOR.items():
        reference = known[covariate, "indoor" if covariate == "environment" else "medium"]
        for level, true in factors_.items():
            found = known[covariate, level]
            if found is not reference:
                error = np.hypot(found.log_standard_error, reference.log_standard_error)
                ratios[level] = (np.log(found.factor / reference.factor / true) / error, 0)
    account.most(f"{name} forecast of the fourth year", laws, 1e-12, "rounding")
    three = "three standard errors about what the world was made from"
    account.most(f"{name} true shape, in standard errors", shapes, 3, three)
    account.most(f"{name} true failures of the fourth year, in standard errors", rates, 3, three)
    account.most(f"{name} true ratios of environments and duties, in standard errors", ratios, 3, three)


def made_from(family):
    """Scales, shapes and factors that the world was made from."""
    shapes = np.array([TRUTH[family.name, mode] for mode in family.modes])
    known = [TRUE_FACTOR.get(COVARIATES[c], {}).get(level, 1.0) for c, level in family.names]
    return shapes[:, 1] ** -shapes[:, 0], shapes[:, 0], np.array(known)
