import deltarule as dr
from deltarule import insight, losses

X, y = insight.make_exam_results(n_samples=150, seed=4)
X = (X - X.mean(axis=0)) / X.std(axis=0)
network = dr.Network([dr.Dense(3, "tanh"), dr.Dense(1, "sigmoid")])
untrained = insight.initialize(network, inputs=2)
result = dr.fit(network, X, y, epochs=100, optimizer=dr.optimizers.Adam(0.02))

cross_entropy, passed = losses.BinaryCrossEntropy(), y[:, None].astype("float32")
for name, trained in (("untrained", untrained), ("trained", result.network)):
    each = cross_entropy.values(trained.predict(X), passed)  # one loss per student
    print(name, each[:3].round(2), "mean", each.mean().round(3))
