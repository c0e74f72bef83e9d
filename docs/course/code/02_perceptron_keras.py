import keras
import numpy as np

model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1, "sigmoid")])
model.layers[-1].set_weights([np.array([[3.0], [-2.0]]), np.array([1.0])])
print(model.predict(np.array([[-1.0, 2.0]]), verbose=0))
