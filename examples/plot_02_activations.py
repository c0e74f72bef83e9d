r"""
Activations
===========

An activation :math:`g` bends what a unit has summed up. Its slope :math:`g'` decides what can be
learned through it: backpropagation multiplies every error by :math:`g'(z)` on its way back.
"""

import matplotlib.pyplot as plt
import numpy as np

from deltarule import activations, plots

# %%
# :math:`g` solid, :math:`g'` dashed. Sign and step have no slope anywhere: no gradient gets
# through them. Sigmoid and tanh are flat far from 0, where units *saturate*; ReLU is flat on the
# left only.

plots.activation_functions()

# %%
# An activation is an object: a formula to call, a derivative, settings.

z = np.array([-6.0, 0.0, 6.0])
sigmoid = activations.Sigmoid()
print("σ(z)  =", sigmoid(z).round(5))
print("σ′(z) =", sigmoid.derivative(z).round(5), " never above 1/4")
print(activations.LeakyReLU(negative_slope=0.1))
plt.show()
