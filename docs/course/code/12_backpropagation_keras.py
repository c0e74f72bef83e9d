import keras
import numpy as np

layers = [keras.layers.Input((2,)), keras.layers.Dense(3, "tanh")]
layers += [keras.layers.Dense(2, "tanh"), keras.layers.Dense(1, "sigmoid")]
model = keras.Sequential(layers)
model.compile(keras.optimizers.SGD(0.5), loss="binary_crossentropy")

X, y = np.array([[1.0, -1.0]]), np.array([[1.0]])
for _ in range(5):  # each call is one forward and one backward pass
    print(model.train_on_batch(X, y))
