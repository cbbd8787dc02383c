"""The negative log-likelihood of a linear Gaussian model by the Kalman filter, differentiated by its matrices."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case, as_written


def kalman(F, H, Q, R, x, P, ys):
    total = 0.0
    for y in ys:
        x = F @ x
        P = F @ P @ F.T + Q
        e = y - H @ x
        S = H @ P @ H.T + R
        K = P @ H.T @ np.linalg.inv(S)
        total = total + 0.5 * (e @ np.linalg.solve(S, e) + np.log(np.linalg.det(S)))
        x = x + K @ e
        P = P - K @ H @ P
    return total


def kalman_adjoint(F, H, Q, R, x, P, ys):
    tape = []
    for y in ys:
        x1 = F @ x
        P1 = F @ P @ F.T + Q
        e = y - H @ x1
        PH = P1 @ H.T
        inverse = np.linalg.inv(H @ PH + R)
        K = PH @ inverse
        tape.append((x, P, x1, P1, e, inverse, K))
        x = x1 + K @ e
        P = P1 - K @ H @ P1
    bF, bH, bQ, bR = np.zeros_like(F), np.zeros_like(H), np.zeros_like(Q), np.zeros_like(R)
    bx, bP = np.zeros_like(x), np.zeros_like(P)
    while tape:
        x, P, x1, P1, e, inverse, K = tape.pop()
        # P = P1 - K @ H @ P1
        HP = H @ P1
        bK = bx[:, None] * e - bP @ HP.T
        KbP = K.T @ bP
        bH -= KbP @ P1.T
        bP1 = bP - H.T @ KbP
        # x = x1 + K @ e, K = P1 @ H.T @ inv(S)
        bPH = bK @ inverse.T
        u = inverse @ e
        v = e @ inverse
        bS = 0.5 * (inverse.T - v[:, None] * u) - K.T @ bPH
        be = K.T @ bx + 0.5 * (u + v)
        # S = H @ P1 @ H.T + R
        bR += bS
        bSH = bS.T @ H
        bPH += bSH.T
        bH += bS @ H @ P1.T + bPH.T @ P1
        bP1 += bPH @ H
        # e = y - H @ x1, x1 = F @ x, P1 = F @ P @ F.T + Q
        bH -= be[:, None] * x1
        bx1 = bx - H.T @ be
        bQ += bP1
        bP1F = bP1 @ F
        bF += bx1[:, None] * x + bP1F @ P.T + bP1.T @ F @ P
        bP = F.T @ bP1F
        bx = F.T @ bx1
    return bF, bH, bQ, bR


def kalman_jax(np):
    from jax import lax

    def kalman(F, H, Q, R, x, P, ys):
        def step(state, y):
            x, P, total = state
            x = F @ x
            P = F @ P @ F.T + Q
            e = y - H @ x
            S = H @ P @ H.T + R
            K = P @ H.T @ np.linalg.inv(S)
            total = total + 0.5 * (e @ np.linalg.solve(S, e) + np.log(np.linalg.det(S)))
            return (x + K @ e, P - K @ H @ P, total), None

        (_, _, total), _ = lax.scan(step, (x, P, 0.0), ys)
        return total

    return kalman


def model(n, m, steps):
    rng = np.random.default_rng(0)
    F = np.eye(n) + 0.1 * rng.normal(size=(n, n)) / n
    H = rng.normal(size=(m, n))
    return F, H, 0.1 * np.eye(n), 0.5 * np.eye(m), rng.normal(size=n), np.eye(n), rng.normal(size=(steps, m))


CASE = Case(
    name="kalman",
    primal=kalman,
    adjoint=kalman_adjoint,
    arguments=lambda: model(6, 3, 50),
    small_arguments=lambda: model(3, 2, 3),
    argnums=(0, 1, 2, 3),
    autograd_primal=as_written(kalman),
    jax_primal=kalman_jax,
    note="6 states, 3 measurements, 50 steps; JAX: lax.scan",
)
