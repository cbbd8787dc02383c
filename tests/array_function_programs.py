"""Programs that use NumPy's functions of statistics, padding, sets, bins and grids as people do."""

import numpy as np

from tests.program import arr, gauss, register, u


def blurred_image(image, kernel):
    padded = np.pad(image, 1, mode="reflect")
    for _ in range(2):
        windows = np.lib.stride_tricks.sliding_window_view(padded.copy(), (3, 3))
        padded[1:-1, 1:-1] = np.einsum("ijkl,kl->ij", windows, kernel)
    return np.sum(padded**2)


def padded_in_many_ways(x, edge):
    total = 0.0
    for mode in ("edge", "wrap", "symmetric", "mean", "maximum", "median"):
        total += np.sum(np.pad(x, ((1, 2), (0, 3)), mode=mode) ** 2)
    ramp = np.pad(x, 2, "linear_ramp", end_values=(edge, -edge))
    frame = np.pad(x, ((1, 1), (2, 0)), constant_values=((edge, 1.0), (edge * 2.0, 0.5)))
    return total + np.sum(ramp**3) + np.sum(frame**2)


def robust_scale(x, level):
    low, high = np.percentile(x, [25, 75], method="hazen")
    clipped = x.copy()
    clipped[clipped > high] = high
    spread = np.quantile(clipped, level, axis=0) - np.median(clipped, axis=0)
    return np.sum(spread**2) + low * high


def gaps_in_the_record(x, gap):
    y = x * 1.5
    y[gap] = np.nan
    if np.isnan(y).any():
        centre = np.nanmedian(y, axis=1)
        scatter = np.nanstd(y, axis=0, ddof=1)
    else:
        centre, scatter = np.median(y, axis=1), np.std(y, axis=0)
    top = np.nanpercentile(y, [50, 80], axis=1)
    return np.sum(centre**2) + np.sum(scatter) + np.sum(top**2) + np.nansum(np.nancumprod(y, axis=1) ** 2)


def density_of_masses(positions, masses):
    density, edges = np.histogram(positions, bins=4, weights=masses, density=True)
    centres = 0.5 * (edges[1:] + edges[:-1])
    return np.sum(density * centres**2) + np.sum(edges**2)


def masses_on_a_map(positions, masses):
    counts, xs, ys = np.histogram2d(positions[:, 0], positions[:, 1], bins=3, weights=masses)
    grid, edges = np.histogramdd(positions, bins=2, weights=masses, density=True)
    return np.sum(counts**2) + np.sum(xs * ys) + np.sum(grid**2) + np.sum(edges[0] ** 2)


def levels_and_their_places(x):
    levels, first, back, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True)
    joined = np.union1d(levels * 2.0, x[:2])
    alone = np.setdiff1d(x, x[1:3])
    return np.sum(levels[back] * x) + np.sum(joined**2) + np.sum(alone**3) + len(counts) * levels[0] * x[first[1]]


def wave_speeds(x):
    roots = np.emath.sqrt(x) + np.emath.log(x) * 2.0
    total = 0.0
    for k in range(len(roots)):
        total += roots[k].real ** 2 + 3.0 * (1j * roots[k]).real * roots[k].real
    return total + np.real(np.sum(np.emath.arccos(x) * np.emath.power(x, 1.5)))


def saddle_point_system(stiffness, constraint, load):
    n, m = stiffness.shape[0], constraint.shape[0]
    for _ in range(2):
        system = np.block([[stiffness, constraint.T], [constraint, np.zeros((m, m))]])
        solution = np.linalg.solve(system, np.block([load, np.zeros(m)]))
        load = load + 0.1 * solution[:n]
    return np.sum(solution**2)


def piecewise_by_number(kinds, x, y):
    chosen = np.choose(kinds, [x, y, x * y, 2.0])
    lowest = np.partition(chosen, 2)[:3]
    return np.sum(lowest**2) + np.sum(np.sort_complex(chosen).real * np.arange(len(chosen)))


def day_of_the_year(days, known, values, period):
    season = np.interp(days, known, values, period=period)
    trend = np.interp(days, known, values, left=values[0] * 2.0, right=0.5)
    return np.sum(season * trend) + np.sum(np.unwrap(season * 9.0, period=period) ** 2)


def weighted_moments(x, w):
    centre, total = np.average(x, axis=1, weights=w, returned=True)
    covariance = np.cov(x, aweights=w)
    return np.sum(centre**2) * total[0] + np.sum(np.corrcoef(x) * covariance) + np.var(x, ddof=1)


def slopes_on_a_grid(heights, x, y):
    along_y, along_x = np.gradient(heights, y, x, edge_order=2)
    points, step = np.linspace(x[0], x[-1], 5, retstep=True)
    scale = np.logspace(0.0, 1.0, 5, base=2.0 + step)
    return np.sum(along_x**2) + np.sum(along_y * heights) + np.sum(points * scale)


def spread(rng, n):
    return np.cumsum(rng.uniform(0.4, 0.8, size=n))


register(blurred_image, lambda r: (gauss(r, 4, 5), arr(r, 3, 3)), argnums=(0, 1), tags="store views")
register(padded_in_many_ways, lambda r: (gauss(r, 3, 4), u(r)), argnums=(0, 1))
register(robust_scale, lambda r: (gauss(r, 6, 3), 0.3), argnums=(0, 1), tags="store")
register(gaps_in_the_record, lambda r: (gauss(r, 3, 4), np.eye(3, 4, dtype=bool)), tags="store")
# No point comes near an edge that it is not on.
register(density_of_masses, lambda r: (np.array([1.7, 0.1, 0.6, 4.3, 2.7, 3.6, 2.9]), arr(r, 7)), argnums=(0, 1))
MAP = np.array([[0.2, 1.4], [0.8, -0.6], [1.7, 0.1], [2.4, 0.9], [2.9, -1.0], [1.2, 0.5], [3.1, -0.4]])
register(masses_on_a_map, lambda r: (MAP, arr(r, 7)), argnums=(0, 1))
register(levels_and_their_places, lambda r: (gauss(r, 5),))
register(wave_speeds, lambda r: (np.array([-1.3, 0.7, 2.1, -0.4]),))
register(saddle_point_system, lambda r: (4.0 * np.eye(3) + arr(r, 3, 3), arr(r, 1, 3), arr(r, 3)), argnums=(0, 1, 2))
register(piecewise_by_number, lambda r: (np.array([0, 2, 1, 3, 0]), gauss(r, 5), arr(r, 5)), argnums=(1, 2))
register(day_of_the_year, lambda r: (gauss(r, 4) * 3.0, spread(r, 3), gauss(r, 3), 2.9), argnums=(0, 1, 2, 3))
register(weighted_moments, lambda r: (gauss(r, 2, 5), arr(r, 5)), argnums=(0, 1))
register(slopes_on_a_grid, lambda r: (gauss(r, 3, 4), spread(r, 4), spread(r, 3)), argnums=(0, 1, 2))
