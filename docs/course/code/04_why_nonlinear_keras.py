import keras

from deltarule.insight import make_moons

X, y = make_moons(n_samples=200, noise=0.15, seed=1)
for activation in ("linear", "tanh"):
    hidden = [keras.layers.Dense(6, activation) for _ in range(3)]
    model = keras.Sequential([keras.layers.Input((2,)), *hidden, keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    model.fit(X, y, epochs=150, verbose=0)
    _, accuracy = model.evaluate(X, y, verbose=0)
    print(activation, f"{accuracy:.1%}")
