"""The baseline: NumPy Monte Carlo of the benchmark workload, as fast as NumPy does it.

Poisson(12) events of lognormal(ln 800, 1) a path. Usage: monte_carlo.py PATHS REPEATS TRUE_QUANTILE
Prints JSON: median seconds of a repeat, and the root mean square of the relative error of the 99 % quantile.
"""

import json
import math
import statistics
import sys
import time

import numpy

paths, repeats, true = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
times, errors = [], []
for seed in range(repeats):
    dice = numpy.random.default_rng(seed)
    start = time.perf_counter()
    counts = dice.poisson(12.0, paths)
    costs = numpy.append(dice.lognormal(math.log(800.0), 1.0, int(counts.sum())), 0.0)
    ends = numpy.cumsum(counts)
    totals = numpy.add.reduceat(costs, ends - counts)
    # A path without events: reduceat answers with the next path's first cost.
    totals[counts == 0] = 0.0
    quantile = numpy.quantile(totals, 0.99)
    times.append(time.perf_counter() - start)
    errors.append(quantile / true - 1.0)
error = math.sqrt(statistics.fmean(error * error for error in errors))
print(json.dumps({"seconds": statistics.median(times), "relative_error": error}))
