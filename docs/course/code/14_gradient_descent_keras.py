import keras

from deltarule import insight

X, y = insight.make_moons(n_samples=80, noise=0.1)
model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(4, "tanh")])
model.add(keras.layers.Dense(1, "sigmoid"))
model.compile(keras.optimizers.SGD(0.2), loss="binary_crossentropy")
stop = keras.callbacks.EarlyStopping("loss", patience=5, min_delta=1e-3)
history = model.fit(X, y, batch_size=1, epochs=80, callbacks=[stop], verbose=0)
print(len(history.history["loss"]), "epochs, loss", history.history["loss"][-1])
