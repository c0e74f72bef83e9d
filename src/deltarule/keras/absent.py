"""Names of Keras, past and present, that deltarule does not have, and what to use instead."""

from __future__ import annotations

from collections.abc import Mapping

_KERAS = "use Keras itself (import keras)"
_ARRAYS = "give NumPy arrays"
_LOSSES = "use another loss, or Keras itself (import keras)"
_RENAMED = "import the names from deltarule.keras.{module}"
_CONFIGS = "get_config returns the settings of an object, and load_model reads whole models"

NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "": {
        "give dtype='float64' to the layers for double precision": ("DTypePolicy", "FloatDTypePolicy"),
        _KERAS: (
            "Function", "Operation", "Quantizer", "RematScope", "StatelessScope", "SymbolicScope",
            "remat",
        ),
        "leave it out: everything is computed on the processor": ("device",),
        "give names to the layers": ("name_scope",),
        "leave it out: the first layer checks its inputs": ("InputSpec",),
    },
    "activations": {
        "use one of those listed, or Keras itself (import keras)": (
            "celu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
            "log_sigmoid", "log_softmax", "prelu", "relu6", "soft_shrink", "sparse_plus",
            "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink", "threshold",
        ),
        _CONFIGS: ("serialize", "deserialize"),
    },
    "callbacks": {
        "use CSVLogger, whose file pandas and Matplotlib read": ("TensorBoard",),
        "use ModelCheckpoint, and fit(initial_epoch=...) to go on": (
            "BackupAndRestore", "OrbaxCheckpoint",
        ),
        "fit prints the progress; choose verbose": ("ProgbarLogger",),
        "send the logs in a Callback with on_epoch_end": ("RemoteMonitor",),
        "average the weights in a Callback with on_train_batch_end": ("SwapEMAWeights",),
        "write a Callback with on_epoch_end for it": (
            "CallbackList", "MonitorCallback", "BaseLogger",
        ),
    },
    "constraints": {
        "use MaxNorm": (
            "NonNeg", "UnitNorm", "MinMaxNorm", "RadialConstraint", "min_max_norm", "non_neg", "nonneg",
            "unit_norm", "unitnorm", "maxnorm", "radial_constraint",
        ),
        _CONFIGS: ("serialize", "deserialize"),
    },
    "initializers": {
        "use RandomNormal or one of the others": (
            "Identity", "identity", "IdentityInitializer",
            "RandomInitializer", "STFT", "STFTInitializer", "stft",
        ),
        _CONFIGS: ("serialize", "deserialize"),
    },
    "layers": {
        "images, text, sequences and attention need Keras itself (import keras)": (
            "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D",
            "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D",
            "AdditiveAttention", "Attention", "AugMix", "AutoContrast", "AveragePooling1D",
            "AveragePooling2D", "AveragePooling3D", "AvgPool1D", "AvgPool2D", "AvgPool3D",
            "Bidirectional", "CenterCrop", "ContrastLimitedAdaptiveHistogramEqualization", "Conv1D",
            "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose",
            "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Convolution1D", "Convolution1DTranspose",
            "Convolution2D", "Convolution2DTranspose", "Convolution3D", "Convolution3DTranspose",
            "Cropping1D", "Cropping2D", "Cropping3D", "CuDNNGRU", "CuDNNLSTM", "CutMix",
            "DepthwiseConv1D", "DepthwiseConv2D", "Embedding", "Equalization", "GRU", "GRUCell",
            "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D",
            "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalAvgPool3D", "GlobalMaxPool1D",
            "GlobalMaxPool2D", "GlobalMaxPool3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
            "GlobalMaxPooling3D", "GroupQueryAttention", "LSTM", "LSTMCell", "LocallyConnected1D",
            "LocallyConnected2D", "MaxNumBoundingBoxes", "MaxPool1D", "MaxPool2D", "MaxPool3D",
            "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "MelSpectrogram", "MixUp",
            "MultiHeadAttention", "RNN", "RandAugment", "RandomBrightness",
            "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomCrop",
            "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur",
            "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization",
            "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
            "RandomTranslation", "RandomZoom", "Resizing", "ReversibleEmbedding",
            "STFTSpectrogram", "SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D",
            "SeparableConvolution2D", "SimpleRNN", "SimpleRNNCell", "Solarization",
            "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "StackedRNNCells",
            "TextVectorization", "TimeDistributed", "UpSampling1D", "UpSampling2D",
            "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
        ),
        "branches and jumps need Keras itself (import keras)": (
            "Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract",
            "add", "average", "concatenate", "dot", "maximum", "merge", "Merge", "minimum",
            "multiply", "subtract",
        ),
        "standardize the inputs with Normalization() instead": (
            "Rescaling",
        ),
        "use BatchNormalization or LayerNormalization instead": (
            "GroupNormalization", "RMSNormalization", "SpectralNormalization",
            "UnitNormalization",
        ),
        "regularize with Dropout, kernel_regularizer or MaxNorm instead": (
            "ActivityRegularization", "AlphaDropout", "GaussianDropout", "GaussianNoise",
        ),
        "encode columns with deltarule.train(table, target=...), which does it by itself": (
            "CategoryEncoding", "DenseFeatures", "Discretization", "HashedCrossing", "Hashing",
            "IntegerLookup", "StringLookup",
        ),
        "it has no place in a chain of Dense layers; for it take Keras itself (import keras)": (
            "EinsumDense", "FlaxLayer", "Highway", "Identity", "InputSpec", "JaxLayer", "Lambda",
            "Masking", "MaxoutDense", "PReLU", "Permute", "Pipeline", "RepeatVector", "Reshape",
            "TFSMLayer", "ThresholdedReLU", "TorchModuleWrapper", "Wrapper",
        ),
        _CONFIGS: ("serialize", "deserialize"),
    },
    "losses": {
        _LOSSES: (
            "CTC", "CategoricalGeneralizedCrossEntropy", "Circle", "Dice", "Tversky",
            "categorical_generalized_cross_entropy", "circle", "ctc", "dice", "tversky",
        ),
        "it is called kl_divergence": ("kullback_leibler_divergence",),
        "it is called cosine_similarity": ("cosine_proximity", "cosine"),
        _CONFIGS: ("serialize", "deserialize"),
    },
    "metrics": {
        "give a function of y_true and y_pred (NumPy arrays) as metric": (
            "MeanTensor", "MeanRelativeError",
        ),
        "use CosineSimilarity": ("cosine_proximity", "cosine"),
        "use KLDivergence": ("kullback_leibler_divergence", "kld", "KLD"),
        "use LogCoshError": ("logcosh",),
        _CONFIGS: ("serialize", "deserialize"),
    },
    "Model": {
        "save writes one file with all of it, and load_model reads it": (
            "to_yaml", "export",
        ),
        "call fit, which takes generators": ("fit_generator", "train_on_generator"),
        "call evaluate, which takes generators": ("evaluate_generator",),
        "call predict, which takes generators": ("predict_generator",),
        "call predict(x).argmax(axis=1), or predict(x) > 0.5 for one output": ("predict_classes",),
        "call predict, which returns the probabilities": ("predict_proba",),
        "call evaluate(x, y, return_dict=True), or read the history of fit": ("metrics",),
        "call evaluate, whose loss includes the penalties": ("losses",),
    },
    "models": {
        "save writes one file with the whole model, and load_model reads it": (
            "model_from_config", "model_from_yaml",
        ),
    },
    "optimizers": {
        "use Adam or one of the others": (
            "Adafactor", "Ftrl", "Lamb", "LossScaleOptimizer", "Muon", "MultiOptimizer",
            "OptimizerMap", "ScheduleFreeAdamW", "adafactor", "ftrl", "lamb", "muon",
            "schedulefreeadamw", "TFOptimizer",
        ),
        _CONFIGS: ("serialize", "deserialize"),
    },
    "optimizers.schedules": {
        _CONFIGS: ("serialize", "deserialize"),
    },
    "regularizers": {
        "use L1, L2 or L1L2": (
            "OrthogonalRegularizer", "orthogonal_regularizer", "activity_l1", "activity_l2",
            "activity_l1l2", "WeightRegularizer",
        ),
        _CONFIGS: ("serialize", "deserialize"),
    },
    "saving": {
        "use save and load_model": (
            "KerasFileEditor", "deserialize_keras_object", "load_weights", "save_weights",
            "serialize_keras_object",
        ),
    },
    "utils": {
        _ARRAYS: (
            "FeatureSpace", "GeneratorEnqueuer", "HDF5Matrix", "OrderedEnqueuer",
            "audio_dataset_from_directory",
            "image_dataset_from_directory",
            "text_dataset_from_directory", "split_dataset", "timeseries_dataset_from_array",
            "get_file", "pad_sequences", "pack_x_y_sample_weight", "unpack_x_y_sample_weight",
            "array_to_img", "img_to_array", "load_img", "save_img",
        ),
        "use save and load_model": ("deserialize_keras_object", "serialize_keras_object"),
        "plot_model draws a model": ("model_to_dot",),
        "choose verbose in fit": (
            "Progbar", "disable_interactive_logging", "enable_interactive_logging",
            "is_interactive_logging_enabled",
        ),
        "leave it out: models train on the processor": ("multi_gpu_model",),
        _KERAS: ("Config", "get_source_inputs", "is_keras_tensor", "standardize_dtype"),
    },
}  # fmt: skip
"""Module of Keras → what to use instead → names; names of losses, metrics, ... include their aliases."""

MODULES: Mapping[str, str] = {
    "applications": "networks for images need Keras itself (import keras)",
    "config": "give dtype='float64' to the layers for double precision",
    "datasets": (
        "load the data with sklearn.datasets, or with Keras itself (from keras.datasets import mnist), "
        "and give it as arrays"
    ),
    "distillation": _KERAS,
    "distribution": "leave it out: training uses all processors of one machine (compile(threads=...))",
    "dtype_policies": "give dtype='float64' to the layers for double precision",
    "engine": "import the names from deltarule.keras.layers and deltarule.keras.models",
    "estimator": "use deltarule.MLPClassifier or MLPRegressor, which are estimators of scikit-learn",
    "experimental": _KERAS,
    "export": "save writes one file with the whole model, and load_model reads it",
    "legacy": _KERAS,
    "mixed_precision": "leave it out: layers compute in float32, or with dtype='float64' in double",
    "preprocessing": "prepare the arrays with NumPy, pandas or scikit-learn",
    "quantizers": _KERAS,
    "random": "draw with numpy.random; keras.utils.set_random_seed seeds it",
    "src": "import the public names from deltarule.keras",
    "tree": _KERAS,
    "visualization": "plot with deltarule.plots or Matplotlib",
    "wrappers": "use deltarule.MLPClassifier or MLPRegressor, which are estimators of scikit-learn",
    "layers.advanced_activations": _RENAMED,
    "layers.convolutional": "images need Keras itself (import keras)",
    "layers.core": _RENAMED,
    "layers.embeddings": "text needs Keras itself (import keras)",
    "layers.experimental": _RENAMED,
    "layers.noise": _RENAMED,
    "layers.normalization": _RENAMED,
    "layers.preprocessing": _RENAMED,
    "layers.recurrent": "sequences need Keras itself (import keras)",
    "optimizers.experimental": _RENAMED,
    "optimizers.legacy": _RENAMED,
    "utils.bounding_boxes": "images need Keras itself (import keras)",
    "utils.data_utils": _ARRAYS,
    "utils.generic_utils": _RENAMED,
    "utils.layer_utils": _RENAMED,
    "utils.legacy": _RENAMED,
    "utils.np_utils": _RENAMED,
    "utils.vis_utils": _RENAMED,
}
"""Module of Keras → what to use instead."""


def instead_of(module: str, name: str) -> str | None:
    """Return what to use instead of a name or a module of Keras, None if it is neither."""
    for instead, names in NAMES.get(module, {}).items():
        if name in names:
            return instead
    path = f"{module}.{name}" if module else name
    return MODULES[path].format(module=module) if path in MODULES else None
