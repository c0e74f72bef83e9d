import keras
from sklearn.datasets import load_digits
from sklearn.utils import shuffle

X, y = shuffle(*load_digits(return_X_y=True), random_state=0)
X = X / 16  # pixels from 0 to 1
for n in (10, 30, 100, 300, 1000):
    model = keras.Sequential([keras.layers.Input((64,))])
    model.add(keras.layers.Dense(16, "tanh"))
    model.add(keras.layers.Dense(10, "softmax"))
    adam, loss = keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy"
    model.compile(adam, loss, metrics=["accuracy"])
    model.fit(X[:n], y[:n], epochs=4200 // n, batch_size=10, verbose=0)
    _, accuracy = model.evaluate(X[1000:], y[1000:], verbose=0)
    print(f"{n} examples: {accuracy:.1%} of {len(X) - 1000} new digits")
