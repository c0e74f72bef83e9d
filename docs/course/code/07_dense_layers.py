import numpy as np

import deltarule as dr
from deltarule import insight
from deltarule.parameters import Parameters

x = np.array([[56, 231, 24, 2]])  # one image, a row
W = np.array([[0.2, 1.5, 0], [-0.5, 1.3, 0.25], [0.1, 2.1, 0.2], [2, 0, -0.3]])
b = np.array([1.1, 3.2, -1.2])
print(x @ W + b)  # cat, dog, ship
print(W.T @ x.T + b[:, None])  # the same, a column

layer = dr.TrainedNetwork(dr.Network([dr.Dense(3)], inputs=4), Parameters((W,), (b,)))
print(layer.predict(x))
print(insight.weight_images(layer, (2, 2)))  # one template for each class
