import keras

from deltarule.insight import make_exam_results

X, y = make_exam_results(n_samples=150, seed=4)
X = (X - X.mean(axis=0)) / X.std(axis=0)
layers = [keras.layers.Dense(3, "tanh"), keras.layers.Dense(1, "sigmoid")]
model = keras.Sequential([keras.layers.Input((2,)), *layers])
model.compile(keras.optimizers.Adam(0.02), loss="binary_crossentropy")
print("untrained", model.evaluate(X, y, verbose=0))
model.fit(X, y, epochs=100, verbose=0)
print("trained", model.evaluate(X, y, verbose=0))
