import keras

from deltarule import insight

X, y = insight.make_moons(n_samples=256, noise=0.25, seed=1)
for size in (4, 32, 256):
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(8, "tanh")])
    model.add(keras.layers.Dense(1, "sigmoid"))
    model.compile(keras.optimizers.SGD(0.1), loss="binary_crossentropy")
    history = model.fit(X, y, batch_size=size, epochs=100, verbose=0)
    print(size, history.history["loss"][-1])
