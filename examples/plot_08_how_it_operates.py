r"""
How a network operates
======================

One flower goes through a trained network. A filled circle is an active unit; a blue line is a
weight above 0, a red dashed one a weight below. The same picture can be had of any trained chain.
"""

from pathlib import Path

import matplotlib.pyplot as plt

import deltarule as dr
from deltarule import plots
from deltarule.data import read_table

# %%
# The network of a table knows the names of its features and classes.

folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()
result = dr.train(
    folder / "iris.csv", target="species", hidden=(5,), activation="sigmoid", epochs=300, seed=1
)
model = result.model
names = {"feature_names": model.encoder.feature_names, "output_names": model.target.classes}
plots.network(model.network, **names)

# %%
# A setosa on its way, its numbers standardized as the network gets them: dark is high, pale is
# medium, white is none.

flowers = {
    "sepal_length": [5.1, 6.7],
    "sepal_width": [3.5, 3.0],
    "petal_length": [1.4, 5.2],
    "petal_width": [0.2, 2.3],
}
setosa, virginica = model.encoder.transform(read_table(flowers))
plots.network(model.network, setosa, **names)

# %%
# A virginica lights up other units.

plots.network(model.network, virginica, **names)
plt.show()

# %%
# In a notebook a trained network or model shows itself, as SVG that scales, with every weight as
# a tooltip.

model
