"""Our own likelihood of a power-law process with proportional intensity, maximised by scipy."""

import numpy as np
from scipy import optimize

# Failures that the suite's belief in "no effect" of a level is worth; not on the API.
EFFECT_PRIOR = 5.0


class Joint:
    """All modes of a family and all effects together.

    A failure of mode k at age t of machine i has intensity f_i lambda_k beta_k t^(beta_k - 1), f_i the product of the
    machine's levels' factors; windows are truncated on the left and censored on the right (Lawless 1987; Rigdon and
    Basu 2000). With a prior, each factor's belief is a gamma density of shape and rate `prior` in its logarithm.
    """

    def __init__(self, family, prior):
        self.family, self.prior = family, prior
        self.modes = family.modes
        events = np.array([family.counts[mode] for mode in self.modes])
        self.events = events.sum(axis=1)
        self.level_events = family.design.T @ events.sum(axis=0)
        self.log_ages = np.array([np.log(family.ages(mode)).sum() for mode in self.modes])
        # Without a prior a level without failures has no finite estimate: its machines cannot have failed.
        self.kept = np.ones(len(family.names), bool) if prior else self.level_events > 0
        self.weight = (
            np.ones(len(family.machines)) if prior else (family.design[:, ~self.kept].sum(axis=1) == 0).astype(float)
        )

    def parts(self, x):
        k = len(self.modes)
        effects = np.zeros(len(self.kept))
        effects[self.kept] = x[2 * k :]
        return x[:k], np.exp(x[k : 2 * k]), effects

    def negative(self, x):
        """Negative log-posterior and its gradient by ln lambda, ln beta, ln factors."""
        log_lambda, beta, effects = self.parts(x)
        factor = self.weight * np.exp(self.family.design @ effects)
        growth = np.array([self.family.growth(b) for b in beta])
        by_beta = np.array([self.family.log_growth(b) for b in beta])
        expected = np.exp(log_lambda)[:, None] * factor * growth
        value = (
            self.events @ (log_lambda + np.log(beta))
            + (beta - 1) @ self.log_ages
            + self.level_events @ effects
            - expected.sum()
        )
        slope_lambda = self.events - expected.sum(axis=1)
        slope_beta = (
            self.events + beta * self.log_ages - beta * (np.exp(log_lambda)[:, None] * factor * by_beta).sum(axis=1)
        )
        slope_effects = self.level_events - self.family.design.T @ expected.sum(axis=0)
        if self.prior:
            value += self.prior * (effects - np.exp(effects)).sum()
            slope_effects = slope_effects + self.prior * (1 - np.exp(effects))
        return -value, -np.concatenate([slope_lambda, slope_beta, slope_effects[self.kept]])

    def fit(self):
        start = np.concatenate(
            [
                np.log(self.events / np.array([self.family.growth(1.0).sum()])),
                np.zeros(len(self.modes)),
                np.zeros(self.kept.sum()),
            ]
        )
        found = optimize.minimize(
            self.negative, start, jac=True, method="L-BFGS-B", options={"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-8}
        )
        log_lambda, beta, effects = self.parts(found.x)
        return np.exp(log_lambda), beta, np.exp(effects)


class Profile:
    """One mode with the machines' factors known."""

    def __init__(self, family, ages, factor):
        self.family, self.factor = family, factor
        self.n, self.log_ages = len(ages), np.log(ages).sum()

    def log_likelihood(self, log_lambda, beta):
        """Without the sum of the known factors' logarithms over failures, which no estimate changes."""
        expected = np.exp(log_lambda) * (self.factor * self.family.growth(beta)).sum()
        return self.n * (log_lambda + np.log(beta)) + (beta - 1) * self.log_ages - expected

    def fit(self):
        """Shape by Brent's method on the likelihood with lambda at its maximum n / B(beta)."""
        best = lambda beta: np.log(self.n / (self.factor * self.family.growth(beta)).sum())
        found = optimize.minimize_scalar(
            lambda b: -self.log_likelihood(best(b), b), bounds=(0.05, 15), method="bounded", options={"xatol": 1e-10}
        )
        return float(np.exp(best(found.x))), float(found.x)

    def covariance(self, log_lambda, beta, prior=lambda log_lambda, beta: 0.0):
        """Inverse of the observed information at a point, by central differences; `prior` is a log-density to add."""
        at = np.array([log_lambda, beta])
        step = np.array([1e-4, 1e-4 * beta])
        value = lambda shift: self.log_likelihood(*(at + shift)) + prior(*(at + shift))
        hessian = np.empty((2, 2))
        for i in range(2):
            for j in range(2):
                a, b = np.eye(2)[i] * step, np.eye(2)[j] * step
                hessian[i, j] = (value(a + b) - value(a - b) - value(b - a) + value(-a - b)) / (4 * step[i] * step[j])
        return np.linalg.inv(-hessian)
