import keras
import numpy as np

X = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], "float32")
y = np.array([0, 1, 1, 0], "float32")
for units in (0, 4):
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(units, "tanh")] if units else []
    model = keras.Sequential([keras.layers.Input((2,)), *hidden, keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy")
    model.fit(X, y, batch_size=4, epochs=200, verbose=0)
    print(units, "hidden units:", model.predict(X, verbose=0).ravel().round(2))
