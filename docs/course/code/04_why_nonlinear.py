import deltarule as dr
from deltarule import insight

X, y = insight.make_moons(n_samples=200, noise=0.15, seed=1)
for activation in ("identity", "tanh"):
    hidden = [dr.Dense(6, activation) for _ in range(3)]
    network = dr.Network([*hidden, dr.Dense(1, "sigmoid")])
    result = dr.fit(network, X, y, epochs=150, optimizer=dr.optimizers.Adam(0.01))
    right = (result.network.predict(X)[:, 0] > 0.5) == y
    print(activation, f"{right.mean():.1%}")
