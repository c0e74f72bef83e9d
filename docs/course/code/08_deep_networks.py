import deltarule as dr
from deltarule import course, insight

(X, y), (X_test, y_test) = course.load_ones_and_fives()  # 28 × 28 pixels, from MNIST
hidden = [dr.Dense(16, "tanh", l2=0.005), dr.Dense(8, "tanh")]
network = dr.Network([*hidden, dr.Dense(1, "sigmoid")])
result = dr.fit(network, X, y == 5, epochs=40, optimizer=dr.optimizers.Adam(0.001))

right = (result.network.predict(X_test)[:, 0] > 0.5) == (y_test == 5)
print(f"test accuracy {right.mean():.1%}")
print(insight.weight_images(result.network, (28, 28)).shape)  # an image for each hidden unit
for features in insight.layer_outputs(result.network, X_test):
    print(insight.principal_components(features, 1))
