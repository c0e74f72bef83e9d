r"""
How a network makes a prediction
================================

The activations of a trained network for one flower. Dark circles are active units; solid blue lines are
positive weights, dashed orange lines negative weights. Any trained network can be drawn this way.
"""

# sphinx_gallery_thumbnail_number = 2
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import deltarule as dr
from deltarule import plots
from deltarule.data import read_table

# %%
# A network with four inputs, five hidden units and three outputs, trained on iris. The number in a circle
# is the bias of the unit, the number on a line its weight.

folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()
table = read_table(folder / "iris.csv")
measurements = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
flowers = np.column_stack([table[name].values for name in measurements]).astype(
    float
)
species, y = np.unique(table["species"].texts().astype(str), return_inverse=True)
mean, spread = flowers.mean(axis=0), flowers.std(axis=0)
X = (flowers - mean) / spread

network = dr.Network(
    [dr.Dense(5, "sigmoid", name="hidden"), dr.Dense(3, "softmax", name="output")]
)
adam = dr.optimizers.Adam(0.02)
result = dr.fit(network, X, y, epochs=100, optimizer=adam, seed=1)
names = {"feature_names": measurements, "output_names": species}
plots.network(result, numbers=True, **names)

# %%
# A setosa, with its measurements standardized as for training. Now the number in a circle is the
# activation of the unit. Dark units have a high activation, pale ones a medium activation, white ones
# none. The activations of the three outputs are the probabilities of the species.

setosa = (np.array([5.1, 3.5, 1.4, 0.2]) - mean) / spread
plots.network(result, setosa, **names)

# %%
# A virginica activates other units.

virginica = (np.array([6.7, 3.0, 5.2, 2.3]) - mean) / spread
plots.network(result, virginica, **names)

# %%
# A model of a table
# ------------------
# :func:`deltarule.train` averages several networks and embeds each column as several features. The
# drawing shows the first of the networks, with a box for each column. A gray line is the size of the
# weights of all features of the column. They can differ in sign, so that the line has none.

model = dr.train(
    folder / "iris.csv",
    target="species",
    hidden=(5,),
    activation="sigmoid",
    epochs=60,
    seed=1,
).model
plots.network(
    model,
    {
        "sepal_length": 5.1,
        "sepal_width": 3.5,
        "petal_length": 1.4,
        "petal_width": 0.2,
    },
)
plt.show()

# %%
# A notebook displays a trained network or model as SVG, with the weights as tooltips.

model
