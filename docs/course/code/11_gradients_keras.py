import keras

from deltarule import insight

X, y = insight.make_moons(n_samples=40, noise=0.1)
model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(2, "tanh")])
model.add(keras.layers.Dense(1, "sigmoid"))
model.compile(loss="binary_crossentropy")
kernel, *others = model.get_weights()
loss = model.evaluate(X, y, verbose=0)
for h in (1.0, 0.1, 0.01, 1e-8):  # Keras computes in float32
    moved = kernel.copy()
    moved[0, 0] += h
    model.set_weights([moved, *others])
    print(h, (model.evaluate(X, y, verbose=0) - loss) / h)
