r"""
Overfitting
===========

A model with too many parameters also fits the noise: the training loss keeps decreasing while the
loss on other data increases. Remedies are fewer parameters, early stopping and dropout.
"""

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np

import deltarule as dr
from deltarule import insight, plots
from deltarule.plots import style

# %%
# Underfitting and overfitting
# ----------------------------
# Twelve noisy points of a sine curve, fitted by a linear unit with polynomial features of degree 1,
# 4 and 11.

x, t = insight.make_noisy_sine(n_samples=12, noise=0.25, seed=8)
test_x, test_t = insight.make_noisy_sine(n_samples=200, noise=0.25, seed=9)
fine = np.linspace(x.min(), x.max(), 300)
figure, axes = plt.subplots(
    1, 3, figsize=(10, 3.3), sharey=True, layout="constrained"
)
for ax, degree in zip(axes, (1, 4, 11), strict=True):
    features = insight.legendre_features(x, degree)
    result = dr.fit(
        dr.Network([dr.Dense(1)]),
        features,
        t,
        epochs=6000,
        optimizer=dr.optimizers.Adam(0.02),
    )
    inside = (test_x[:, 0] > x.min()) & (test_x[:, 0] < x.max())
    error = (
        result.network.predict(insight.legendre_features(test_x, degree))[inside, 0]
        - test_t[inside]
    )
    training = result.history.training_loss[-1]
    ax.plot(
        fine, np.sin(np.pi * fine), color=style.RULE, linewidth=2.5, label="truth"
    )
    ax.plot(
        fine,
        result.network.predict(insight.legendre_features(fine, degree)),
        color=style.series(0),
        label="fit",
    )
    ax.plot(x, t, "o", color=style.TRAINING, label="training points")
    ax.set(
        title=f"degree {degree}\ntraining loss {training:.3f}, "
        f"test loss {np.mean(error**2):.3f}",
        xlabel="x",
    )
    ax.set_ylim(-1.8, 1.8)
axes[0].legend(frameon=False, loc="upper left")

# %%
# Early stopping
# --------------
# A large network trained on few noisy points. The validation loss shows when to stop; the weights
# of the best epoch are kept.

X, y = insight.make_moons(n_samples=120, noise=0.35, seed=4)
X_val, y_val = insight.make_moons(n_samples=300, noise=0.35, seed=5)
large = dr.Network(
    [dr.Dense(64, "tanh"), dr.Dense(64, "tanh"), dr.Dense(1, "sigmoid")]
)
adam = dr.optimizers.Adam(0.01)
overfitted = dr.fit(
    large, X, y, validation_data=(X_val, y_val), epochs=150, optimizer=adam
)
plots.history(overfitted)

# %%
# With a stopping rule training ends automatically:

stopped = dr.fit(
    large, X, y, validation_data=(X_val, y_val), epochs=150, optimizer=adam,
    stopping=dr.stopping.NoProgress(patience_epochs=15),
)  # fmt: skip
print(stopped.explanation)

# %%
# Dropout
# -------
# In every training update a random half of the hidden units is switched off, so that units cannot
# rely on each other (Srivastava et al. 2014). Each update trains another subnetwork; two of them:

small = dr.Network(
    [
        dr.Dense(6, "relu"),
        dr.Dropout(0.5),
        dr.Dense(6, "relu"),
        dr.Dropout(0.5),
        dr.Dense(1, "sigmoid"),
    ]
)
thin = dr.fit(small, X, y, epochs=20).network
figure, axes = plt.subplots(2, 1, figsize=(8.5, 9.5), layout="constrained")
for step, ax in zip((0, 3), axes, strict=True):
    plots.network(thin, dropout_masks=insight.dropout_masks(thin, step=step), ax=ax)

# %%
# The large network with and without dropout. With dropout the validation loss does not increase, but
# in this example its minimum is not lower than with early stopping: dropout helps most in much
# larger networks.

dropped = dr.Network(
    [
        dr.Dense(64, "tanh"),
        dr.Dropout(0.5),
        dr.Dense(64, "tanh"),
        dr.Dropout(0.5),
        dr.Dense(1, "sigmoid"),
    ]
)
with_dropout = dr.fit(
    dropped, X, y, validation_data=(X_val, y_val), epochs=150, optimizer=adam
)
plots.histories(
    {
        "without dropout": overfitted.history,
        "with dropout 0.5": with_dropout.history,
    },
    field="validation_loss",
)
plt.show()
