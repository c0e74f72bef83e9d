r"""
Backpropagation, step by step
=============================

All numbers of the forward and the backward pass of one sample (Rumelhart, Hinton and Williams 1986):

.. math:: z^{(l)} = x^{(l-1)} W^{(l)} + b^{(l)}, \qquad x^{(l)} = \theta(z^{(l)})

.. math:: \delta^{(l-1)} = \theta'(z^{(l-1)}) \odot W^{(l)} \delta^{(l)}, \qquad
   \frac{\partial J}{\partial W^{(l)}} = x^{(l-1)} {\delta^{(l)}}^\mathsf{T}

Note the indices: :math:`\delta^{(l-1)}` uses the slope at :math:`z^{(l-1)}`, of its own layer, and
the weights that lead out of that layer (see :doc:`/explanation/common-slide-errors`).
"""

import matplotlib.pyplot as plt

import deltarule as dr
from deltarule import insight, plots

# %%
# The trace of a sample
# ---------------------

network = dr.Network(
    [
        dr.Dense(3, "tanh", name="hidden"),
        dr.Dense(2, "tanh", name="middle"),
        dr.Dense(1, "sigmoid", name="output"),
    ]
)
X, y = insight.make_xor(n_samples=40, seed=1)
trained = dr.fit(network, X, y, epochs=3, dtype="float64").network
trace = dr.trace(trained, X[0], y[0])
print(trace)

# %%
# As a figure: green numbers belong to the forward pass, red numbers to the backward pass.

plots.trace(trace)

# %%
# As a table, which is displayed in a notebook.

trace

# %%
# The update
# ----------
# Each step w ← w − η x δ on this sample decreases its loss:

for step in range(1, 6):
    moved = dr.TrainedNetwork(trace.network, trace.updated(learning_rate=0.5))
    after = dr.trace(moved, X[0], y[0])
    print(f"step {step}: loss {trace.loss:.4f} → {after.loss:.4f}")
    trace = after
plt.show()
