import deltarule as dr
from deltarule import insight
from deltarule.stopping import NoProgress, TargetReached

X, y = insight.make_moons(n_samples=80, noise=0.1)
network = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1, "sigmoid")])
rules = [TargetReached(0.1), NoProgress(5, 1e-3, "training_loss")]
sgd, draws = dr.optimizers.GradientDescent(0.2), dr.sampling.SingleSample()
result = dr.fit(network, X, y, optimizer=sgd, sampling=draws, epochs=80, stopping=rules)
print(result.explanation)
