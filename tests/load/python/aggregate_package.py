"""The baseline: the compound distribution of the benchmark workload by the package aggregate, as its manual says to build one.

Poisson(12) events of lognormal(ln 800, 1) on 2^12 cells of 32. Usage: aggregate_package.py REPEATS
Prints JSON: median microseconds of one distribution, and its 99 % quantile.
"""

import json
import statistics
import sys
import time
import warnings

warnings.filterwarnings("ignore")

from aggregate import build  # noqa: E402

times, quantile = [], 0.0
for _ in range(int(sys.argv[1])):
    start = time.perf_counter()
    total = build("agg Workload 12 claims sev 800 * lognorm 1 poisson", log2=12, bs=32)
    times.append(time.perf_counter() - start)
    quantile = float(total.q(0.99))
print(json.dumps({"microseconds": statistics.median(times) * 1e6, "quantile": quantile}))
