import deltarule as dr
from deltarule import insight

X, y = insight.make_noisy_sine(n_samples=200, noise=0.1, seed=1)
network = dr.Network([dr.Dense(16, "tanh"), dr.Dense(1)])
rates = [0.001, 0.01, 0.1]
for name in ("gradient_descent", "rmsprop", "adam"):
    sweep = insight.learning_rate_sweep(network, X, y, learning_rates=rates, optimizer=name)
    print(name, sweep.recommended, sweep.final_losses)
falling = dr.optimizers.Adam(dr.schedules.Cosine(0.1))
history = dr.fit(network, X, y, optimizer=falling, epochs=30).history
print("Adam, falling:", history.training_loss[-1])
