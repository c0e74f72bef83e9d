r"""
Activation functions
====================

An activation function :math:`g` makes a unit non-linear. Its derivative :math:`g'` determines how
well a network learns: backpropagation multiplies every error by :math:`g'(z)`.
"""

import matplotlib.pyplot as plt
import numpy as np

from deltarule import activations, plots

# %%
# The plots show :math:`g` (solid) and :math:`g'` (dashed). The derivative of sign and step is 0
# everywhere, so they pass no gradient. Sigmoid and tanh are flat far from 0, where units
# *saturate*; ReLU is flat on the left only.

plots.activation_functions()

# %%
# An activation is an object with a function to call, a derivative and settings.

z = np.array([-6.0, 0.0, 6.0])
sigmoid = activations.Sigmoid()
print("σ(z)  =", sigmoid(z).round(5))
print("σ′(z) =", sigmoid.derivative(z).round(5), " at most 1/4")
print(activations.LeakyReLU(negative_slope=0.1))
plt.show()
