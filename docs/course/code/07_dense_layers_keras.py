import keras
import numpy as np

x = np.array([[56.0, 231.0, 24.0, 2.0]])
W = np.array([[0.2, 1.5, 0], [-0.5, 1.3, 0.25], [0.1, 2.1, 0.2], [2, 0, -0.3]])
b = np.array([1.1, 3.2, -1.2])

model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])
model.layers[-1].set_weights([W, b])  # (inputs, units), as in x W + b
print(model.predict(x, verbose=0))
print(W.T.reshape(3, 2, 2))  # one template for each class
