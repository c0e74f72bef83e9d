import keras

from deltarule.insight import make_circles

X, y = make_circles(n_samples=200, seed=1)
for units in (1, 2, 3, 8):
    keras.utils.set_random_seed(1)
    hidden = keras.layers.Dense(units, "tanh")
    output = keras.layers.Dense(1, "sigmoid")
    model = keras.Sequential([keras.layers.Input((2,)), hidden, output])
    model.compile(keras.optimizers.Adam(0.03), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(X, y, epochs=200, verbose=0)
    print(units, "hidden units:", f"{history.history['accuracy'][-1]:.1%}")
