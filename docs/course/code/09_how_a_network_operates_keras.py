import keras
import numpy as np

inputs = keras.layers.Input((2,))
hidden, output = keras.layers.Dense(3, "sigmoid"), keras.layers.Dense(1, "sigmoid")
model = keras.Sequential([inputs, hidden, output])

x = np.array([[0.5, 0.55]])
for layer in (hidden, output):
    weights, bias = layer.get_weights()
    print("contributions to unit 1:", x[0] * weights[:, 0])
    x = 1 / (1 + np.exp(-(x @ weights + bias)))  # the activations
    print(x.round(2))
print(model.predict(np.array([[0.5, 0.55]]), verbose=0))  # the same
