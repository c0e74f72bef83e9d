import deltarule as dr
from deltarule import insight

X, y = insight.make_moons(n_samples=256, noise=0.25, seed=1)
network = dr.Network([dr.Dense(8, "tanh"), dr.Dense(1, "sigmoid")])
noise = insight.gradient_noise(insight.initialize(network, inputs=2), X, y, (1, 4, 16, 64))
print(noise.batch_sizes, noise.relative_errors)
sgd = dr.optimizers.GradientDescent(0.1)
runs = insight.compare_batch_sizes(network, X, y, (4, 32, 256), optimizer=sgd, epochs=100)
for size, history in runs.histories.items():
    print(size, history.training_loss[-1], runs.seconds_per_epoch[size])
