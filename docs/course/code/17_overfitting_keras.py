import keras

from deltarule.insight import make_moons

X, y = make_moons(n_samples=80, noise=0.3, seed=4)
validation = make_moons(n_samples=200, noise=0.3, seed=5)
model = keras.Sequential([keras.layers.Input((2,))])
for _ in range(2):
    model.add(keras.layers.Dense(32, "tanh"))
    model.add(keras.layers.Dropout(0.2))
model.add(keras.layers.Dense(1, "sigmoid"))
model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
stop = keras.callbacks.EarlyStopping("val_loss", patience=20, restore_best_weights=True)
fit = {"validation_data": validation, "epochs": 300, "callbacks": [stop], "verbose": 0}
history = model.fit(X, y, **fit)
print(len(history.history["val_loss"]), "epochs, best", min(history.history["val_loss"]))
