import keras

from deltarule.course import load_ones_and_fives

(X, y), (X_test, y_test) = load_ones_and_fives()
penalty = keras.regularizers.L2(0.005)
model = keras.Sequential([
    keras.layers.Input((784,)),
    keras.layers.Dense(16, "tanh", kernel_regularizer=penalty),
    keras.layers.Dense(8, "tanh"),
    keras.layers.Dense(1, "sigmoid"),
])  # fmt: skip
model.compile(keras.optimizers.Adam(0.001), "binary_crossentropy", metrics=["accuracy"])
model.fit(X, y == 5, epochs=40, verbose=0)
print(model.evaluate(X_test, y_test == 5, verbose=0))
print(model.layers[0].get_weights()[0].T.reshape(16, 28, 28).shape)
