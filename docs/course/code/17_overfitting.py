import deltarule as dr
from deltarule import insight

X, y = insight.make_moons(n_samples=80, noise=0.3, seed=4)
validation = insight.make_moons(n_samples=200, noise=0.3, seed=5)
hidden = [dr.Dense(32, "tanh"), dr.Dropout(0.2), dr.Dense(32, "tanh"), dr.Dropout(0.2)]
network = dr.Network([*hidden, dr.Dense(1, "sigmoid")])
adam, rule = dr.optimizers.Adam(0.01), dr.stopping.NoProgress(patience_epochs=20)
result = dr.fit(
    network, X, y, validation_data=validation, epochs=300, optimizer=adam, stopping=rule
)
print(result.explanation)
