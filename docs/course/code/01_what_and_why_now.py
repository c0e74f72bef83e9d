from sklearn.datasets import load_digits
from sklearn.utils import shuffle

import deltarule as dr

X, y = shuffle(*load_digits(return_X_y=True), random_state=0)
X = X / 16  # pixels from 0 to 1
network = dr.Network([dr.Dense(16, "tanh"), dr.Dense(10, "softmax")])
adam = dr.optimizers.Adam(0.01)
for n in (10, 30, 100, 300, 1000):
    result = dr.fit(network, X[:n], y[:n], optimizer=adam, epochs=4200 // n, batch_size=10)
    right = result.network.predict(X[1000:]).argmax(axis=1) == y[1000:]
    print(f"{n} examples: {right.mean():.1%} of {len(right)} new digits")
