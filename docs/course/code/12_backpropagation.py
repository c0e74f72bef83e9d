import deltarule as dr
from deltarule import insight

network = dr.Network([dr.Dense(3, "tanh"), dr.Dense(2, "tanh"), dr.Dense(1, "sigmoid")])
trained = insight.initialize(network, inputs=2, seed=4)

trace = dr.trace(trained, [1.0, -1.0], 1.0)
print(trace)  # every z, x, δ and gradient
after = dr.TrainedNetwork(trained.network, trace.updated(learning_rate=0.5))
print(trace.loss, "→", dr.trace(after, [1.0, -1.0], 1.0).loss)
