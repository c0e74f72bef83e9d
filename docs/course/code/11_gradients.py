import deltarule as dr
from deltarule import insight

X, y = insight.make_moons(n_samples=40, noise=0.1)
network = dr.Network([dr.Dense(2, "tanh"), dr.Dense(1, "sigmoid")])
trained = insight.initialize(network, inputs=2, seed=4)

found = insight.compare_gradients(trained, X, y)
print(found.numerical.round(4))
print(found.backpropagation.round(4))

descent, all_rows = dr.optimizers.GradientDescent(0.1), dr.sampling.FullBatch()
rules = {"optimizer": descent, "sampling": all_rows, "initial_parameters": trained}
losses = dr.fit(network, X, y, epochs=2, **rules).history.training_loss
print("predicted", losses[0] - 0.1 * found.backpropagation @ found.backpropagation)
print("after the step", losses[1])
