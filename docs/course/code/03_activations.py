import numpy as np

from deltarule import activations

z = np.array([-6.0, -1.0, 0.0, 1.0, 6.0])
for g in (activations.Sigmoid(), activations.Tanh(), activations.ReLU(), activations.LeakyReLU()):
    print(g)
    print("  height", g(z).round(4))
    print("  slope ", g.derivative(z).round(4))
