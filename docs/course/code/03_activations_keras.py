import keras
import numpy as np

z = np.array([[-6.0], [-1.0], [0.0], [1.0], [6.0]])
for name in ("sigmoid", "tanh", "relu", "leaky_relu"):
    model = keras.Sequential(
        [keras.layers.Input((1,)), keras.layers.Dense(1, name, kernel_initializer="ones")]
    )
    print(name, model.predict(z, verbose=0).round(4).ravel())
