r"""
The Keras API
=============

The same networks with the API of Keras. Only the import differs; the results are the same.
"""

import matplotlib.pyplot as plt
import numpy as np

from deltarule import keras
from deltarule.plots import style

# %%
# A network with given weights
# ----------------------------
# Four inputs, four hidden units and three outputs. ``Input(4)`` is sufficient, and ``plot_model``
# needs no further program.

w1, b1 = np.eye(4), np.zeros(4)
w2, b2 = (
    np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]),
    np.array([0, 1, -1]),
)

input = keras.layers.Input(4, name="Input")
hidden = keras.layers.Dense(4, activation="sigmoid", name="Hidden")(input)
output = keras.layers.Dense(3, activation="sigmoid", name="Output")(hidden)
modelIRIS = keras.Model(input, output)
modelIRIS.layers[1].set_weights([w1, b1])
modelIRIS.layers[2].set_weights([w2, b2])
print(modelIRIS.predict(np.array([0, 1, 1, 2], ndmin=2)))

keras.utils.plot_model(modelIRIS, to_file=None, show_shapes=True)

# %%
# Four clusters with given weights
# --------------------------------
# These weights classify 493 of 500 points correctly (98.6%).

rng = np.random.RandomState(
    2
)  # scikit-learn's make_blobs(500, centers=4, random_state=2)
centers = rng.uniform(-10, 10, size=(4, 2))
x = np.concatenate([rng.normal(center, 1.0, (125, 2)) for center in centers])
y = np.repeat(np.arange(4), 125)

clouds = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(5, "sigmoid"),
        keras.layers.Dense(4, "softmax"),
    ]
)
clouds.layers[0].set_weights(
    [
        [
            [-1.5132886, 0.78692156, -0.59150934, 1.3457433, 0.11323632],
            [-0.9712865, -1.5561647, -1.578427, -0.7123345, 0.75948274],
        ],
        [-2.8332472, 2.0457697, -3.736685, -0.8151084, 4.7346272],
    ]
)
clouds.layers[1].set_weights(
    [
        [
            [1.3780868, -4.0084467, 0.0883714, 2.5190408],
            [0.37726903, 0.76979834, 1.5470964, -5.40783],
            [1.3585504, -1.799717, 2.6277127, -1.8256785],
            [2.7409966, 1.6214521, -2.7639852, -3.9925196],
            [-5.5055437, 2.8043787, 1.1856915, 3.2509704],
        ],
        [-0.54020935, 0.57120425, -0.5757609, 0.8131391],
    ]
)
correct = (clouds.predict(x, verbose=0).argmax(axis=1) == y).sum()
print(f"{correct} of {len(y)}")

# %%
# Training
# --------
# ``compile``, ``fit`` and the history work as in Keras; the engine applies early stopping.

keras.utils.set_random_seed(1)
learned = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(5, "sigmoid"),
        keras.layers.Dense(4, "softmax"),
    ]
)
learned.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
order = np.random.default_rng(0).permutation(
    len(y)
)  # the last rows become the validation rows
history = learned.fit(
    x[order],
    y[order],
    epochs=2000,
    validation_split=0.2,
    verbose=0,
    callbacks=[
        keras.callbacks.EarlyStopping(patience=20, restore_best_weights=True)
    ],
)
learned.summary()
print(
    f"{len(history.epoch)} epochs, "
    f"validation accuracy {history.history['val_accuracy'][-1]:.1%}"
)

_, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for name, color in (("loss", style.TRAINING), ("val_loss", style.VALIDATION)):
    ax.plot(history.epoch, history.history[name], label=name, color=color)
ax.set_xlabel("epoch")
ax.set_ylabel("cross-entropy")
ax.legend()
plt.show()
