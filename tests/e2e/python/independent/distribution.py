"""The distribution of a contract's failure cost, twice: by numpy's FFT on a fine lattice, and by simulation."""

import numpy as np

STEP, CELLS, SLICES = 50.0, 1 << 15, 4
PATHS, SEED = 40_000, 20260401


class Lattice:
    """Probabilities of failure cost in cells of 50 yuan, by the characteristic function of marked Poisson processes.

    Each quarter of a year is a mark of its own, its failures valued at the quarter's mean; severities are rounded to
    the nearest cell. Machines with frailty are negative binomial (gamma mixture), all others Poisson.
    """

    def __init__(self, contract):
        exponent = np.zeros(CELLS + 1, complex)
        spectra = {}
        edges = (np.arange(CELLS + 1) - 0.5) * STEP
        for asset in contract.assets:
            own = np.zeros(CELLS + 1, complex)
            for mode, rate, worth, mean, variance in marks(contract, asset):
                key = (asset.model, mode.name, asset.region, worth)
                if key not in spectra:
                    law = mode.severity(mean * worth, variance * worth**2)
                    spectra[key] = np.fft.rfft(np.diff(law.cdf(np.maximum(edges, 0))), 2 * CELLS) - 1
                own += rate * spectra[key]
            exponent += own if asset.shape is None else -asset.shape * np.log(1 - own / asset.shape)
        self.masses = np.fft.irfft(np.exp(exponent))[:CELLS]
        self.values = np.arange(CELLS) * STEP
        self.cumulative = np.cumsum(self.masses)

    def quantile(self, level):
        return self.values[np.searchsorted(self.cumulative, level)]

    def shortfall(self, level):
        """Acerbi and Tasche: the mass at the quantile is split."""
        q = self.quantile(level)
        beyond = self.values > q
        tail = (self.masses * self.values)[beyond].sum() + q * (1 - level - self.masses[beyond].sum())
        return tail / (1 - level)

    def exceeding(self, value):
        return 1 - np.interp(value, self.values, self.cumulative)

    def mean(self):
        return (self.masses * self.values).sum()

    def deviation(self):
        return np.sqrt((self.masses * self.values**2).sum() - self.mean() ** 2)


def marks(contract, asset):
    """For every mode and quarter: expected count, mean worth of a yuan, mean and variance of cost.

    The count is that with which the mean stays exact although failures gather within the quarter.
    """
    rates, share, bands = contract.rates_of(asset), contract.parts_share(), contract.bands()
    growth, _ = contract.growth(rates)
    rate = contract.thinning() * np.prod(list(asset.factors.values()))
    for mode in asset.modes:
        mean, variance = mode.cost(rates, share, bands)
        for n in range(int(round(contract.length * SLICES))):
            start, end = n / SLICES, (n + 1) / SLICES
            worth = (growth**end - growth**start) / (np.log(growth) * (end - start))
            yield mode, rate * mode.worth(asset.age, start, end, growth) / worth, worth, mean, variance


class Simulation:
    """Contracts lived through: every failure at its time, with its cost; seeded."""

    def __init__(self, contract):
        dice = np.random.default_rng(SEED)
        self.by_asset = np.zeros((len(contract.assets), PATHS))
        for own, asset in zip(self.by_asset, contract.assets):
            rates, share, bands = contract.rates_of(asset), contract.parts_share(), contract.bands()
            growth, _ = contract.growth(rates)
            rate = contract.thinning() * np.prod(list(asset.factors.values()))
            frailty = 1.0 if asset.shape is None else dice.gamma(asset.shape, 1 / asset.shape, PATHS)
            for mode in asset.modes:
                counts = dice.poisson(rate * mode.count(asset.age, 0, contract.length) * frailty, PATHS)
                path = np.repeat(np.arange(PATHS), counts)
                first, last = asset.age**mode.beta, (asset.age + contract.length) ** mode.beta
                time = (first + (last - first) * dice.random(len(path))) ** (1 / mode.beta) - asset.age
                cost = mode.severity(*mode.cost(rates, share, bands)).rvs(len(path), random_state=dice)
                own += np.bincount(path, cost * growth**time, PATHS)
        self.total = self.by_asset.sum(axis=0)

    def tail_shares(self, level):
        """Each asset's part of the worst outcomes, and its standard error."""
        worst = self.total > np.quantile(self.total, level)
        tail = self.by_asset[:, worst]
        shares = tail.sum(axis=1) / tail.sum()
        return shares, tail.std(axis=1) / tail.mean(axis=1).sum() / np.sqrt(worst.sum())
