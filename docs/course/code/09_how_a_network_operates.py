import deltarule as dr
from deltarule import insight

X, y = insight.make_circles(n_samples=160, noise=0.05, seed=1)
X = (X + 1.25) / 2.5  # no input is negative
network = dr.Network([dr.Dense(3, "sigmoid"), dr.Dense(1, "sigmoid")])
adam, all_points = dr.optimizers.Adam(0.05), dr.sampling.FullBatch()
result = dr.fit(network, X, y, epochs=250, optimizer=adam, sampling=all_points, seed=5)

for layer in insight.forward_pass(result.network, [[0.5, 0.55]]):
    print(layer)  # z and the activations
    print("contributions to unit 1:", layer.inputs[0] * layer.weights[:, 0])
insight.draw_network(result.network, [0.5, 0.55])  # a picture in a notebook
