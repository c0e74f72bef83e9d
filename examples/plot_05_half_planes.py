r"""
Powerful models
===============

A unit is a half-plane. An AND over :math:`n` of them is a convex polygon, and with more
half-planes it comes as close to any convex shape as one likes. For a disc, :math:`n` tangents
enclose too much by the share

.. math:: \frac{n}{\pi} \tan\frac{\pi}{n} - 1 \approx \frac{\pi^2}{3 n^2}.
"""

import matplotlib.pyplot as plt
import numpy as np

from deltarule import insight, plots

# %%
# A disc for growing n
# --------------------

angle = np.linspace(0, 2 * np.pi, 200)
circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
figure, axes = plt.subplots(1, 4, figsize=(11, 3.1), layout="constrained")
for ax, n in zip(axes, (3, 4, 6, 12), strict=True):
    plots.region(insight.disc_region(n), outline=circle, half_width=2.1, ax=ax)
    ax.set_title(f"n = {n}: {insight.disc_area_error(n):.1%} too much")

# %%
# The error falls with the square of n.

n = np.arange(3, 65)
figure, ax = plt.subplots(figsize=(5, 3.4), layout="constrained")
ax.loglog(
    n, [insight.disc_area_error(k) for k in n], "o", color="#0077BB", markersize=4, label="exact"
)
ax.loglog(n, np.pi**2 / (3 * n**2), "--", color="#EE7733", label="π² / (3 n²)")
ax.set_xticks([3, 6, 12, 24, 48], labels=["3", "6", "12", "24", "48"])
ax.minorticks_off()
ax.set(xlabel="half-planes n", ylabel="area too much ÷ area of the disc")
ax.legend(frameon=False)

# %%
# Sign softened
# -------------
# tanh(s · z) instead of sign(z) rounds the corners; for a growing steepness s it becomes sign
# again. Thin lines are the half-planes, the thick one is where the network answers 0.

octagon = insight.disc_region(8)
figure, axes = plt.subplots(1, 3, figsize=(9, 3.3), layout="constrained")
for ax, steepness in zip(axes, (3, 8, 50), strict=True):
    plots.region(octagon, octagon.smoothed(steepness), outline=circle, half_width=1.5, ax=ax)
    ax.set_title(f"tanh({steepness} z)")

# %%
# Any polygon
# -----------
# A shape with notches is its convex hull and *not* the pockets between hull and shape, which are
# polygons again: a formula over half-planes, compiled like any other.

tip = np.pi / 2 + np.pi * np.arange(10) / 5
star = np.where(np.arange(10) % 2 == 0, 1.0, 0.4)[:, None] * np.stack(
    [np.cos(tip), np.sin(tip)], axis=1
)
region = insight.polygon_region(star)
print(region.trained.network)
plots.region(region)
plt.show()
