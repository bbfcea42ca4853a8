"""The baseline: the compound distribution of the benchmark workload by NumPy's FFT, its severity spectrum made before.

Poisson(12) events of lognormal(ln 800, 1) on 4,096 cells of 32, padded to twice as many. Usage: transform.py REPEATS
Prints JSON: median microseconds of one distribution, and its 99 % quantile.
"""

import json
import math
import statistics
import sys
import time

import numpy

cells, step = 4096, 32.0


def below(x):
    """The lognormal distribution function."""
    return 0.5 * math.erfc(-math.log(x / 800.0) / math.sqrt(2.0)) if x > 0.0 else 0.0


edges = numpy.array([below((cell + 0.5) * step) for cell in range(cells)])
severity = numpy.diff(edges, prepend=0.0)
spectrum = numpy.fft.rfft(severity, 2 * cells)
times = []
for _ in range(int(sys.argv[1])):
    start = time.perf_counter()
    total = numpy.fft.irfft(numpy.exp(12.0 * (spectrum - 1.0)))[:cells]
    times.append(time.perf_counter() - start)
quantile = float(numpy.searchsorted(numpy.cumsum(total), 0.99)) * step
print(json.dumps({"microseconds": statistics.median(times) * 1e6, "quantile": quantile}))
