r"""
Gradient checking
=================

The gradient tells how a small change of one weight changes the loss. It can be approximated by finite
differences:

.. math:: \frac{\partial J}{\partial w} \approx \frac{J(w + h) - J(w - h)}{2h}

This requires two forward passes for each weight. Backpropagation computes the whole gradient with one
forward and one backward pass.
"""

import matplotlib.pyplot as plt

import deltarule as dr
from deltarule import insight, plots

# %%
# Comparison of the values
# ------------------------
# The three gradients agree.

X, y = insight.make_circles(n_samples=60)
network = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1, "sigmoid")])
trained = dr.fit(network, X, y, epochs=5).network
comparison = insight.compare_gradients(trained, X, y)
print("parameter   finite differences  backpropagation   engine")
for i in (0, 5, 12, 16):
    values = (
        comparison.numerical[i],
        comparison.backpropagation[i],
        comparison.engine[i],
    )
    print(f"{i:>9}   {values[0]:+18.9f}  {values[1]:+15.9f}  {values[2]:+.9f}")
print(f"largest difference: {comparison.max_difference:.1e}")

# %%
# Comparison of the times
# -----------------------
# With finite differences, the number of forward passes grows with the number of weights, and so
# does the time of each pass. Backpropagation always needs two passes. (Each time is the median of five
# measurements and depends on the machine that built this page.)

timings = insight.time_gradients((2, 4, 8, 16, 32), rows=32, repeats=5)
plots.gradient_timings(timings)
plt.show()
