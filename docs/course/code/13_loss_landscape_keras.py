import keras

from deltarule import insight

X, y = insight.make_circles(n_samples=80)
model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(8, "tanh")])
model.add(keras.layers.Dense(1, "sigmoid"))
model.compile(keras.optimizers.Adam(0.02), loss="binary_crossentropy")

first = model.get_weights()
model.fit(X, y, epochs=60, verbose=0)
last = model.get_weights()
for t in (0.0, 0.5, 1.0, 1.5):  # along the line from the first weights to the last
    model.set_weights([a + t * (b - a) for a, b in zip(first, last, strict=True)])
    print(t, model.evaluate(X, y, verbose=0))
