import deltarule as dr
from deltarule import insight

xor = dr.compile_formula("(x1 | x2) & ~(x1 & x2)")
table = xor.truth_table()
print(table)

run = insight.train_perceptron(table.inputs, table.outputs, epochs=100)
print("one unit:", run.n_corrections, "corrections, converged:", run.converged)

network = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1, "sigmoid")])
adam = dr.optimizers.Adam(0.1)
result = dr.fit(network, table.inputs, table.outputs > 0, epochs=200, optimizer=adam)
print("two layers:", result.network.predict(table.inputs).ravel().round(2))
