r"""
Gradients three ways
====================

How does a small change of one weight change the loss?

.. math:: \frac{\partial J}{\partial w} \approx \frac{J(w + h) - J(w - h)}{2h}

This works weight by weight, with two passes through the network for each. Backpropagation has all
of them from one pass forward and one back.
"""

import matplotlib.pyplot as plt

import deltarule as dr
from deltarule import insight, plots

# %%
# The same numbers
# ----------------

X, y = insight.make_circles(n_samples=60)
network = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1, "sigmoid")])
trained = dr.fit(network, X, y, epochs=5).network
three = insight.compare_gradients(trained, X, y)
print("parameter   one by one     by hand (δ)    engine")
for i in (0, 5, 12, 16):
    print(
        f"{i:>9}   {three.numerical[i]:+.9f}   {three.backpropagation[i]:+.9f}   {three.engine[i]:+.9f}"
    )
print(f"largest difference of any two: {three.max_difference:.1e}")

# %%
# Not the same cost
# -----------------
# One by one, the number of passes grows with the number of weights, and each pass has more to do
# as well. With δ's it is two passes, however many weights there are. (Times are of the machine
# that built this page.)

cost = insight.time_gradients((2, 4, 8, 16, 32), rows=32, repeats=1)
plots.gradient_timings(cost)
plt.show()
