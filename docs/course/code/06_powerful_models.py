import deltarule as dr
from deltarule import insight

polygon = insight.disc_region(12)  # 12 half-planes and their AND
print(polygon.contains([[0, 0], [0.7, 0.7], [1.1, 0]]))
print(f"{insight.disc_area_error(12):.1%} larger than the disc")

X, y = insight.make_circles(n_samples=200, seed=1)
for units in (1, 2, 3, 8):
    network = dr.Network([dr.Dense(units, "tanh"), dr.Dense(1, "sigmoid")])
    result = dr.fit(network, X, y, epochs=200, optimizer=dr.optimizers.Adam(0.03))
    print(units, "hidden units:", f"{result.history.training_score[-1]:.1%}")
