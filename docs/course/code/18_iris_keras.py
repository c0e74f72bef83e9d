import keras
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

X, y = load_iris(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)
scaler = StandardScaler().fit(X)  # training rows alone
X, X_test, y = scaler.transform(X), scaler.transform(X_test), keras.utils.to_categorical(y, 3)
model = keras.models.Sequential([keras.layers.Input((4,))])
model.add(keras.layers.Dense(10, activation="tanh"))
model.add(keras.layers.Dense(3, activation="softmax"))
model.compile(keras.optimizers.Adam(0.03), "categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X, y, epochs=100, batch_size=10, validation_split=0.25, verbose=0)
print(model.evaluate(X_test, keras.utils.to_categorical(y_test, 3), verbose=0))
print(model.predict(X_test[:1], verbose=0).round(3), sorted(history.history))
