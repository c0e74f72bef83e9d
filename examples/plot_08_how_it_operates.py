r"""
How a network makes a prediction
================================

The activations of a trained network for one flower. Filled circles are active units; blue lines are
positive weights, dashed orange lines negative weights. Any trained network can be drawn this way.
"""

from pathlib import Path

import matplotlib.pyplot as plt

import deltarule as dr
from deltarule import plots
from deltarule.data import read_table

# %%
# A model of a table knows the names of its features and classes.

folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()
result = dr.train(
    folder / "iris.csv", target="species", hidden=(5,), activation="sigmoid", epochs=300, seed=1
)
model = result.model
names = {"feature_names": model.encoder.feature_names, "output_names": model.target.classes}
plots.network(model.network, **names)

# %%
# A setosa, with its features standardized as for training. Dark units have a high activation, pale
# ones a medium activation, white ones none.

flowers = {
    "sepal_length": [5.1, 6.7],
    "sepal_width": [3.5, 3.0],
    "petal_length": [1.4, 5.2],
    "petal_width": [0.2, 2.3],
}
setosa, virginica = model.encoder.transform(read_table(flowers))
plots.network(model.network, setosa, **names)

# %%
# A virginica activates other units.

plots.network(model.network, virginica, **names)
plt.show()

# %%
# A notebook displays a trained network or model as SVG, with the weights as tooltips.

model
