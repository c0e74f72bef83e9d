import deltarule as dr
from deltarule import insight

X, y = insight.make_circles(n_samples=80)
layers = [dr.Dense(8, "tanh"), dr.Dense(8, "tanh"), dr.Dense(1, "sigmoid")]
adam = dr.optimizers.Adam(0.02)
path = insight.training_trajectory(dr.Network(layers), X, y, epochs=60, optimizer=adam)

for seed in (0, 1):  # two slices of one landscape
    directions = insight.random_directions(path.trained, seed)
    print(insight.loss_surface(path.trained, X, y, directions=directions, grid_resolution=15))
print(insight.loss_surface(path.trained, X, y, trajectory=path, grid_resolution=15))
