"""The baseline: Weibull lives, some censored, by maximum likelihood with the packages reliability and lifelines.

Usage: lives.py FILE, a line a life: its length, a comma, and 1 if it ended in a failure.
Prints JSON: for each package the seconds of the fit, and its shape and scale.
"""

import json
import sys
import time

import matplotlib

matplotlib.use("Agg")

import numpy  # noqa: E402
from lifelines import WeibullFitter  # noqa: E402
from reliability.Fitters import Fit_Weibull_2P  # noqa: E402

lengths, failed = numpy.loadtxt(sys.argv[1], delimiter=",", unpack=True)
start = time.perf_counter()
fit = WeibullFitter().fit(lengths, failed)
lifelines = {"seconds": time.perf_counter() - start, "shape": float(fit.rho_), "scale": float(fit.lambda_)}
start = time.perf_counter()
fit = Fit_Weibull_2P(
    failures=lengths[failed == 1],
    right_censored=lengths[failed == 0],
    show_probability_plot=False,
    print_results=False,
)
reliability = {"seconds": time.perf_counter() - start, "shape": float(fit.beta), "scale": float(fit.alpha)}
print(json.dumps({"lifelines": lifelines, "reliability": reliability}))
