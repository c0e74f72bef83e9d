r"""
Regions of half-planes
======================

A unit is a half-plane. An AND of :math:`n` units is a convex polygon, which approximates any convex
region as :math:`n` grows. For a disc, the polygon of :math:`n` tangents exceeds the area by

.. math:: \frac{n}{\pi} \tan\frac{\pi}{n} - 1 \approx \frac{\pi^2}{3 n^2}.
"""

import matplotlib.pyplot as plt
import numpy as np

from deltarule import insight, plots
from deltarule.plots import style

# %%
# A disc with n half-planes
# -------------------------

angle = np.linspace(0, 2 * np.pi, 200)
circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
figure, axes = plt.subplots(1, 4, figsize=(11, 3.1), layout="constrained")
for ax, n in zip(axes, (3, 4, 6, 12), strict=True):
    plots.region(insight.disc_region(n), outline=circle, half_width=2.1, ax=ax)
    ax.set_title(f"n = {n}: {insight.disc_area_error(n):.1%} excess area")

# %%
# The error is proportional to 1 / n².

n = np.arange(3, 65)
figure, ax = plt.subplots(figsize=(5, 3.4), layout="constrained")
ax.loglog(
    n,
    [insight.disc_area_error(k) for k in n],
    "o",
    color=style.series(0),
    markersize=4,
    label="exact",
)
ax.loglog(
    n, np.pi**2 / (3 * n**2), "--", color=style.series(1), label="π² / (3 n²)"
)
ax.set_xticks([3, 6, 12, 24, 48], labels=["3", "6", "12", "24", "48"])
ax.minorticks_off()
ax.set(xlabel="half-planes n", ylabel="relative excess area")
ax.legend(frameon=False)

# %%
# Smooth regions
# --------------
# With tanh(s · z) instead of sign(z) the corners are rounded; for growing steepness s the network
# approaches the original. Thin lines are the half-planes, the thick line is where the output is 0.

octagon = insight.disc_region(8)
figure, axes = plt.subplots(1, 3, figsize=(9, 3.3), layout="constrained")
for ax, steepness in zip(axes, (3, 8, 50), strict=True):
    plots.region(
        octagon, octagon.smoothed(steepness), outline=circle, half_width=1.5, ax=ax
    )
    ax.set_title(f"tanh({steepness} z)")

# %%
# Any polygon
# -----------
# A polygon that is not convex is its convex hull and *not* the pockets between hull and polygon,
# which are polygons again. This is a Boolean formula over half-planes, compiled like any other.

tip = np.pi / 2 + np.pi * np.arange(10) / 5
star = np.where(np.arange(10) % 2 == 0, 1.0, 0.4)[:, None] * np.stack(
    [np.cos(tip), np.sin(tip)], axis=1
)
region = insight.polygon_region(star)
print(region.trained.network)
plots.region(region)
plt.show()
