import keras

from deltarule import insight

X, y = insight.make_noisy_sine(n_samples=200, noise=0.1, seed=1)
falling = keras.optimizers.schedules.CosineDecay(0.1, decay_steps=30 * 7)
for name in ("SGD", "RMSprop", "Adam"):
    for rate in (0.001, 0.01, 0.1, falling):
        model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(16, "tanh")])
        model.add(keras.layers.Dense(1))
        model.compile(getattr(keras.optimizers, name)(rate), loss="mean_squared_error")
        losses = model.fit(X, y, epochs=30, verbose=0).history["loss"]
        print(name, "falling" if rate is falling else rate, losses[-1])
