"""The table of `other_terms`: "terms of other libraries": "what they are here"."""

from __future__ import annotations

_SEQUENTIAL = (
    "Network([Dense(16, 'relu'), Dense(1)]) describes a chain of layers; deltarule.keras.Sequential "
    "is the "
    "model of Keras."
)
_STOPPING = (
    "Early stopping is stopping=deltarule.stopping.NoProgress(10) with validation_fraction=0.2."
)
_ELSEWHERE = "deltarule trains chains of dense layers only: use PyTorch or Keras for it."
_FIT = (
    "deltarule.fit(network, X, y) trains a network on arrays, deltarule.train(table, target) on a "
    "table."
)
_RATE = "The learning rate belongs to the optimizer: optimizer=deltarule.optimizers.Adam(0.01)."
_MOMENTUM = "Momentum is an optimizer: optimizer=deltarule.optimizers.Momentum(0.01, 0.9)."
_DECAY = (
    "Weight decay belongs to the optimizer (optimizers.AdamW) and an L2 penalty to layers: "
    "Dense(..., l2=1e-4)."
)
_EPOCHS = "It is `epochs`, here the number of passes over all rows."
_BATCH = "It is `batch_size`."
_SEED = "It is `seed`, an integer."
_THREADS = "It is `threads`."
_SCORES = "Accuracy or R² is always measured: see result.history."
_PRINTS = (
    "Nothing is printed: result.history has the losses; progress=function is called during "
    "training."
)
_CLIP = "Clipping belongs to the optimizer: optimizer=deltarule.optimizers.Adam(clip_norm=1.0)."
_SPLIT = "It is `validation_fraction`, such as 0.2, or validation_data=(X, y)."
_SCHEDULE = (
    "A schedule takes the place of the rate: optimizers.Adam(deltarule.schedules.Cosine(0.01))."
)
_PARAMETERS = "It is `initial_parameters`, such as those of result.network."
_CHOICE = (
    "Use 'categorical_cross_entropy' with a softmax output (one unit per class), "
    "'binary_cross_entropy' with "
    "a sigmoid output."
)
_LOGITS = f"Losses take activated outputs, and compute them stably from logits. {_CHOICE}"
_HIDDEN = "It is `hidden`, such as (64, 32)."
_TARGET = "It is `target`, the name of a column."
_TIME = "It is `time_limit_s`, in seconds."
_FOLDS = "It is `folds`."
_SKLEARN = "deltarule.MLPClassifier and deltarule.MLPRegressor have scikit-learn's interface."

NAMES: dict[str, str] = {
    "Sequential Model Functional": _SEQUENTIAL,
    "MLP DNN Net NeuralNetwork NeuralNet Module nn FeedForward": f"{_SEQUENTIAL} {_SKLEARN}",
    "Perceptron Adaline DeltaRule SLP": (
        "A perceptron is Network([Dense(1, 'step')]); deltarule.insight.train_perceptron trains one "
        "by its "
        "rule, and optimizers.GradientDescent with Network([Dense(1)]) is the delta rule."
    ),
    "Input InputLayer": "A Network takes the number of inputs from the data, or from inputs=4.",
    "Linear FullyConnected": "It is Dense(units): the number of inputs is that of the layer before.",
    "Flatten Reshape": "Rows are flat: pass X.reshape(len(X), -1).",
    "Activation ReLULayer": "An activation belongs to its layer: Dense(16, 'relu').",
    "ReLU relu Sigmoid Tanh Softmax tanh softmax GELU SiLU ELU Softplus": (
        "An activation belongs to its layer: Dense(16, 'relu'); deltarule.activations has them all."
    ),
    "BatchNorm BatchNorm1d": "It is BatchNormalization; its momentum is 1 - that of PyTorch.",
    "LayerNorm": "It is LayerNormalization.",
    "Conv1D Conv2D Conv2d LSTM GRU RNN SimpleRNN Transformer MultiHeadAttention MaxPooling2D "
    "Attention": _ELSEWHERE,
    "EarlyStopping EarlyStop Patience early": _STOPPING,
    "ModelCheckpoint": (
        "checkpoint=deltarule.Checkpoint(path) saves a run; result.network.save(path) a network."
    ),
    "ReduceLROnPlateau": "It is deltarule.schedules.OnPlateau, in place of the learning rate.",
    "LearningRateScheduler LRScheduler lr_scheduler StepLR CosineDecay CosineAnnealingLR ExponentialLR "
    "LinearLR OneCycleLR": f"{_SCHEDULE} See deltarule.schedules.",
    "Adam SGD RMSprop AdamW Nadam Momentum Adagrad optim optimizer": (
        "It is in deltarule.optimizers: Adam, AdamW, RMSprop, Momentum, GradientDescent ..."
    ),
    "loss MSE MAE MSELoss CrossEntropyLoss BCELoss cross_entropy mse_loss BCEWithLogitsLoss": (
        "Losses are named in fit: loss='mse', 'categorical_cross_entropy' ...; see deltarule.losses."
    ),
    "CrossEntropy CE cross_entropy_loss SoftmaxCrossEntropy NLLLoss NLL": (
        "It is CategoricalCrossEntropy with a softmax output, BinaryCrossEntropy with a sigmoid output."
    ),
    "SmoothL1 SmoothL1Loss": "It is Huber.",
    "BCEWithLogits": "It is BinaryCrossEntropy with a sigmoid output, computed from logits.",
    "fit_model Trainer trainer compile": _FIT,
    "predict evaluate score": (
        "result.network.predict(X) predicts, where result = deltarule.fit(network, X, y)."
    ),
    "load_model loads from_file": (
        "deltarule.load(path) reads a table model, deltarule.load_network(path) a network."
    ),
    "save save_model dump": "A trained network or model saves itself: result.network.save(path).",
    "Classifier Regressor TabularModel": (
        "deltarule.MLPClassifier and MLPRegressor take numbers, TabularClassifier and "
        "TabularRegressor any table."
    ),
    "datasets": "deltarule.insight has small data sets; sklearn.datasets and openml have others.",
    "metrics": (
        "Accuracy and R² are in result.history; sklearn.metrics and deltarule.keras.metrics have "
        "others."
    ),
    "callbacks": (
        "callbacks=[function] of fit is called after each epoch; deltarule.keras.callbacks has "
        "Keras's."
    ),
    "train_test_split": (
        "It is deltarule.fit(..., validation_fraction=0.2), or sklearn.model_selection's."
    ),
    "StandardScaler Normalizer scaler": (
        "deltarule.train standardizes columns itself; for fit use sklearn.preprocessing.StandardScaler."
    ),
    "seed set_seed set_random_seed random_seed manual_seed": "Every call has its own: fit(..., seed=0).",
    "plot": "deltarule.plots has the figures: plots.history(result.history).",
    "tensor Tensor no_grad device cuda DataLoader Dataset TensorDataset": (
        "deltarule takes NumPy arrays and computes its gradients itself; batches are batch_size=32 "
        "in fit."
    ),
    "GlorotNormal GlorotUniform Xavier XavierUniform XavierNormal": (
        "It is initializers.Glorot; Glorot('normal') draws normal numbers."
    ),
    "HeNormal HeUniform Kaiming KaimingUniform KaimingNormal": (
        "It is initializers.He; its distribution is a setting."
    ),
    "LecunNormal LecunUniform": "It is initializers.LeCun; its distribution is a setting.",
    "RandomNormal": "It is initializers.Normal.",
    "RandomUniform": "It is initializers.Uniform.",
}

VALUES: dict[str, dict[str, str]] = {
    "loss": {
        "ce crossentropy xent softmax_cross_entropy crossentropyloss nll nllloss": _CHOICE,
        "logits bce_with_logits bcewithlogitsloss sigmoid_cross_entropy from_logits": _LOGITS,
        "bce bceloss logistic binary": "It is 'binary_cross_entropy'.",
        "cce categorical multiclass multinomial": "It is 'categorical_cross_entropy'.",
        "mseloss l2 l2loss ols squared squared_loss least_squares sse": "It is 'mean_squared_error'.",
        "rmse root_mean_squared_error": "It is 'mean_squared_error', which has the same minimum.",
        "maeloss l1 l1loss absolute lad": "It is 'mean_absolute_error'.",
        "smooth_l1 smoothl1loss huberloss": "It is 'huber'.",
        "poissonnllloss poisson_nll": "It is 'poisson'.",
        "accuracy acc auc f1 r2": (
            "It is a score, which cannot be descended; scores are in result.history."
        ),
    },
    "optimizer": {
        "gd vanilla batch_gradient_descent": "It is 'gradient_descent' ('sgd').",
        "nesterov_momentum nag": "It is 'nesterov'.",
        "adafactor ftrl lamb sgdw radam": "'adam' or 'adamw' take its place.",
        "bfgs lbfgsb newton newton_cg": "It is 'lbfgs'.",
    },
    "activation": {
        "none": "Omit the activation, or write 'identity'.",
        "hard_sigmoid hardsigmoid": "Use 'sigmoid'.",
        "relu6 hardtanh hard_tanh": "Use 'relu' or 'tanh'.",
        "prelu parametric_relu": "It is 'leaky_relu' with learned_activation=True in Dense.",
        "heaviside threshold binary_step unit_step": "It is 'step'.",
        "log_softmax logsoftmax": "It is 'softmax': losses compute the logarithm themselves.",
        "logit expit sigm": "It is 'sigmoid'.",
        "tansig hyperbolic_tangent": "It is 'tanh'.",
    },
    "initializer": {
        "he_normal he_uniform kaiming_normal kaiming_uniform": (
            "It is 'he'; initializers.He has its distribution."
        ),
        "glorot_normal xavier_normal xavier_uniform": (
            "It is 'glorot'; initializers.Glorot has its distribution."
        ),
        "lecun_normal lecun_uniform": "It is 'lecun'; initializers.LeCun has its distribution.",
        "random_normal gaussian randn": "It is 'normal'.",
        "random_uniform random": "It is 'uniform'.",
        "ones": "It is initializers.Constant(1.0).",
    },
}

_FIT_ARGUMENTS: dict[str, str] = {
    "learning_rate lr learning_rate_init eta step_size": _RATE,
    "momentum nesterov": _MOMENTUM,
    "weight_decay alpha l1 l2 penalty regularization": _DECAY,
    "dropout dropout_rate": "Dropout is a layer: Network([Dense(16, 'relu'), Dropout(0.2), Dense(1)]).",
    "activation hidden_layer_sizes hidden layers units": (
        "It belongs to the network: Network([Dense(16, 'relu'), Dense(1)])."
    ),
    "validation_split test_size val_split val_size validation_size": _SPLIT,
    "X_val y_val X_test y_test eval_set val_data validation X_valid y_valid": (
        "It is validation_data=(X, y)."
    ),
    "verbose display": _PRINTS,
    "metrics metric scoring": _SCORES,
    "batch minibatch mini_batch_size batchsize": _BATCH,
    "n_epochs num_epochs max_epochs nb_epoch epoch max_iter n_iter iterations num_iterations "
    "max_iterations": _EPOCHS,
    "steps_per_epoch": "An epoch visits all rows once: set batch_size.",
    "initial_epoch": (
        "checkpoint=Checkpoint(path) resumes a run; initial_parameters continues from weights."
    ),
    "early_stopping patience n_iter_no_change tol min_delta patience_epochs": _STOPPING,
    "restore_best_weights save_best_only": (
        "keep_best='validation_loss' keeps the best epoch, the default with validation rows."
    ),
    "shuffle": (
        "Batches are shuffled: sampling=deltarule.sampling.MiniBatches(32, shuffle=False) keeps "
        "their order."
    ),
    "random_state random_seed rng": _SEED,
    "n_jobs n_threads num_threads workers num_workers": _THREADS,
    "solver optim optimiser": "It is `optimizer`, such as 'adam'.",
    "criterion loss_fn loss_function objective cost error": "It is `loss`.",
    "device cuda gpu": "It is computed on the processor: engine='auto', threads=None.",
    "sample_weights weights weight": "It is `sample_weight`.",
    "class_weight class_weights": (
        "Give each row its weight: sample_weight. deltarule.MLPClassifier has class_weight."
    ),
    "warm_start init_weights initial_weights": _PARAMETERS,
    "scheduler lr_scheduler lr_schedule schedule": _SCHEDULE,
    "clip_norm clipnorm clipvalue clip_grad_norm gradient_clipping max_norm": _CLIP,
    "callback": "It is `callbacks`, functions that get an EpochEvent.",
    "time_limit time_limit_s timeout max_time": "It is stopping=deltarule.stopping.TimeLimit(seconds).",
    "model net": "It is `network`.",
    "x inputs data": "It is `X`.",
    "Y target targets labels": "It is `y`.",
}

_SHARDED_ARGUMENTS: dict[str, str] = {
    "n_shards num_shards world_size": "It is `shards`.",
    "n_workers num_workers workers": (
        "The executor has the workers: any number of them, for the same bits. `threads` is their number "
        "without one."
    ),
    "callbacks callback": (
        "Functions are not called again for epochs that the folder has: use `progress`, or `stopping`."
    ),
    "checkpoint": "Give `folder`: a second call continues from what is finished there.",
    "y target targets labels sample_weight sample_weights weights weight rows validation_fraction "
    "validation_split": "Write targets, weights and validation rows with BlockFileData.write.",
    "dtype": "Block files hold float32, which the arithmetic uses too.",
    "momentum nesterov": (
        "That of the averages is `outer_momentum`; that of updates belongs to the optimizer: "
        "Momentum(0.1, 0.9)."
    ),
}

ARGUMENTS: dict[str, dict[str, str]] = {
    "fit": _FIT_ARGUMENTS,
    "fit_many": _FIT_ARGUMENTS,
    "fit_sharded": _FIT_ARGUMENTS | _SHARDED_ARGUMENTS,
    "train": {
        "lr learning_rate_init eta": "It is `learning_rate`.",
        "batch minibatch": _BATCH,
        "n_epochs num_epochs max_epochs max_iter n_iter iterations": _EPOCHS,
        "layers hidden_layer_sizes hidden_units hidden_layers units n_hidden architecture": _HIDDEN,
        "verbose": "Nothing is printed: result.explanation and result.scores say what happened.",
        "metrics metric scoring eval_metric": "result.scores has the scores of the task.",
        "validation_split validation_size val_split": "It is `validation_fraction`.",
        "test_size test_split": "It is `test_fraction`.",
        "cv n_splits n_folds k_folds": _FOLDS,
        "validation_data": "Rows are split by `folds`; test=table scores further rows.",
        "random_state random_seed": _SEED,
        "n_jobs n_threads num_threads": _THREADS,
        "early_stopping patience n_iter_no_change": "It is `patience_epochs`.",
        "label labels y Y target_column target_name": _TARGET,
        "X data df table": "It is `source`: a file, a data frame or a dict of columns.",
        "time_limit timeout max_time": _TIME,
        "loss objective criterion problem_type": (
            "It follows from the task: task='regression' or 'classification'."
        ),
        "sample_weight sample_weights weights": "It is `weight`, the name of a column.",
        "solver optim": "It is `optimizer`.",
        "columns features": "It is `keep` or `drop`, names of columns.",
        "alpha weight_decay": "It is `l2`.",
        "positive pos_label": "It is `positive_class`.",
    },
    "Network": {
        "input_shape input_dim input_size n_inputs in_features n_features": (
            "It is `inputs`, a number, which the data set by default."
        ),
        "loss optimizer metrics learning_rate epochs": _FIT,
        "hidden_layer_sizes hidden units": "It is `layers`: Network([Dense(16, 'relu'), Dense(1)]).",
        "name": "A Network has no name; its layers have.",
    },
    "Dense": {
        "n_units num_units out_features size neurons width hidden": "It is `units`.",
        "in_features input_shape input_dim inputs": (
            "The number of inputs is that of the layer before, or of the data."
        ),
        "use_bias": "It is `bias`.",
        "kernel_initializer weight_initializer init weight_init": "It is `initializer`.",
        "kernel_regularizer bias_regularizer activity_regularizer regularizer weight_decay": (
            "It is `l1` or `l2`, a number."
        ),
        "kernel_constraint bias_constraint": "It is `max_norm`, a number.",
        "dropout": "Dropout is a layer: Dense(16, 'relu'), Dropout(0.2).",
        "act nonlinearity": "It is `activation`.",
    },
    "Dropout": {
        "p prob probability": "It is `rate`.",
        "noise_shape seed": "fit(..., seed=0) decides the masks.",
    },
    "Optimizer": {
        "lr eta step_size": "It is `learning_rate`.",
        "beta_1 beta1 betas": "They are `decay_mean` (β₁) and `decay_square` (β₂).",
        "beta_2 beta2": "It is `decay_square`.",
        "rho alpha": "It is `decay`, in RMSprop and Adadelta.",
        "eps": "It is `epsilon`.",
        "weight_decay": "optimizers.AdamW has it; Dense(..., l2=1e-4) is an L2 penalty.",
        "momentum": "optimizers.Momentum and optimizers.Nesterov have it.",
        "nesterov": "It is optimizers.Nesterov.",
        "global_clipnorm max_grad_norm": "It is `clip_norm`.",
        "clipnorm": "It is `clip_array_norm`, or `clip_norm` for the whole gradient.",
        "clipvalue": "It is `clip_value`.",
        "amsgrad": "It is optimizers.AMSGrad.",
        "decay": "It is a schedule: learning_rate=deltarule.schedules.InverseScaling(0.01).",
    },
    "StoppingRule": {
        "patience n_iter_no_change": "It is `patience_epochs`.",
        "min_delta tol": "It is `min_improvement`.",
        "restore_best_weights": (
            "fit(..., keep_best='validation_loss') keeps the best epoch, the default with "
            "validation rows."
        ),
        "mode": "Losses should fall and scores should rise; nothing else is monitored.",
    },
    "Schedule": {
        "lr initial_learning_rate max_lr eta": "It is `learning_rate`, or `peak` in OneCycle."
    },
    "Loss": {
        "from_logits": _LOGITS,
        "reduction": "Losses are means over rows, weighted by sample_weight.",
    },
}

_UNTRAINED = "A Network describes layers: result = deltarule.fit(network, X, y) trains it"
_OF_NETWORK = {
    "fit train fit_transform partial_fit train_on_batch train_step": f"{_UNTRAINED}.",
    "compile": (
        f"There is nothing to compile: deltarule.fit(network, X, y, loss=..., optimizer=...). "
        f"{_SEQUENTIAL}"
    ),
    "predict predict_proba forward call transform": (
        f"{_UNTRAINED}, and result.network.predict(X) predicts."
    ),
    "evaluate score": f"{_UNTRAINED}, and result.history has its losses and scores.",
    "save save_weights state_dict load_state_dict": (
        f"{_UNTRAINED}, and result.network.save(path) saves it."
    ),
    "summary": "print(network) shows its layers.",
    "add append": "Give all layers at once: Network([Dense(16, 'relu'), Dense(1)]).",
    "parameters weights coefs_ get_weights named_parameters biases": (
        f"{_UNTRAINED}, and result.network.parameters has its numbers."
    ),
    "count_params num_params": "It is `parameter_count`.",
    "input_shape n_features_in_": "It is `inputs`.",
    "output_shape": "It is `outputs`.",
    "to cuda cpu eval": "A Network is a description, which is trained and evaluated by functions.",
}
METHODS: dict[str, dict[str, str]] = {
    "Network": _OF_NETWORK,
    "TrainedNetwork": {
        "fit train partial_fit": (
            "deltarule.fit(trained.network, X, y, initial_parameters=trained) trains it further."
        ),
        "compile": "It is trained; deltarule.fit takes loss and optimizer.",
        "predict_proba forward call transform": (
            "predict(X) returns the outputs, probabilities for softmax and sigmoid."
        ),
        "predict_classes": "predict(X).argmax(axis=1) are class numbers.",
        "evaluate score": "Validation rows are measured in training: see result.history.",
        "summary": "print(trained.network) shows its layers.",
        "weights coefs_ get_weights state_dict": (
            "parameters.weights and parameters.biases are its arrays."
        ),
        "intercepts_ biases": "It is parameters.biases.",
        "layers": "It is network.layers.",
    },
    "TrainingResult": {
        "predict evaluate save score parameters": (
            "The trained network has it: result.network.predict(X)."
        ),
        "model": "It is result.network.",
        "loss losses loss_curve_": "It is result.history.training_loss.",
        "val_loss": "It is result.history.validation_loss.",
        "n_iter_ epochs": "len(result.history) epochs were run.",
        "plot": "deltarule.plots.history(result.history) draws it.",
    },
    "TableResult": {
        "predict evaluate save predict_proba": "The model has it: result.model.predict(table).",
        "score": "It is result.scores.",
        "network": "result.model has the networks.",
    },
}
