import deltarule as dr
from deltarule import insight

unit = insight.perceptron(bias=1, weights=[3, -2], activation="sigmoid")
print(unit.predict([[-1, 2]]))  # σ(−6)
print(insight.boundary_line(unit))

X, y = insight.make_two_clusters(n_samples=60, distance=3.0, seed=2)
run = insight.train_perceptron(X, 2 * y - 1)
print(run.n_corrections, "corrections, converged:", run.converged)
dr.trace(unit, [-1, 2], 1)  # every number, as a table in a notebook
