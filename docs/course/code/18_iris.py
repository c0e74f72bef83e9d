import numpy as np

import deltarule as dr
from deltarule.data import read_table
from deltarule.splitting import split_rows

table = read_table("iris.csv")
X = np.column_stack([table[name].values for name in table.names[:4]])
species, y = np.unique(table["species"].texts(), return_inverse=True)
split = split_rows(y, fractions=(0.2, 0.2), seed=0, stratify=True)
X = (X - X[split.training].mean(axis=0)) / X[split.training].std(axis=0)
train, validation, test = ((X[r], y[r]) for r in (split.training, split.validation, split.test))
network = dr.Network([dr.Dense(10, "tanh"), dr.Dense(3, "softmax")])
result = dr.fit(network, *train, validation_data=validation, epochs=100, batch_size=10)
probabilities = result.network.predict(test[0])
print(f"{np.mean(probabilities.argmax(axis=1) == test[1]):.1%}", species, probabilities[0])
