"""Layers under Keras's names: those of a chain of dense layers."""

from __future__ import annotations

from typing import Any

from deltarule.keras.layers.activation_layers import (
    ELU,
    Activation,
    LeakyReLU,
    ReLU,
    Softmax,
)
from deltarule.keras.layers.base import KerasTensor, Layer
from deltarule.keras.layers.dense import Dense
from deltarule.keras.layers.dropout import Dropout
from deltarule.keras.layers.inputs import Flatten, Input, InputLayer, Normalization
from deltarule.keras.layers.variables import Variable
from deltarule.keras.unsupported import lookup

CLASSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        InputLayer, Dense, Dropout, Activation, ReLU, LeakyReLU, ELU, Softmax, Flatten,
        Normalization,
    )
}  # fmt: skip

_MISSING = {
    "images, text, sequences and attention need Keras itself (import keras)": (
        "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdditiveAttention", "Attention",
        "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "AvgPool1D", "AvgPool2D",
        "Bidirectional", "CenterCrop", "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose",
        "Conv3D", "Conv3DTranspose", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Convolution1D",
        "Convolution2D", "Cropping1D", "Cropping2D", "DepthwiseConv1D", "DepthwiseConv2D",
        "Embedding", "GRU", "GRUCell", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
        "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPool2D", "GroupQueryAttention",
        "LSTM", "LSTMCell", "MaxPool1D", "MaxPool2D", "MaxPooling1D", "MaxPooling2D",
        "MaxPooling3D", "MultiHeadAttention", "RNN", "RandomCrop", "RandomFlip", "RandomRotation",
        "RandomZoom", "Resizing", "SeparableConv1D", "SeparableConv2D", "SimpleRNN",
        "SimpleRNNCell", "SpatialDropout1D", "SpatialDropout2D", "StackedRNNCells",
        "TextVectorization", "TimeDistributed", "UpSampling1D", "UpSampling2D", "ZeroPadding1D",
        "ZeroPadding2D", "MelSpectrogram", "STFTSpectrogram",
    ),
    "branches and jumps need Keras itself (import keras)": (
        "Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract",
        "add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract",
    ),
    "standardize the inputs with Normalization() instead": (
        "BatchNormalization", "GroupNormalization", "LayerNormalization", "RMSNormalization",
        "SpectralNormalization", "UnitNormalization", "Rescaling",
    ),
    "regularize with Dropout, kernel_regularizer or MaxNorm instead": (
        "ActivityRegularization", "AlphaDropout", "GaussianDropout", "GaussianNoise",
    ),
    "encode columns with deltarule.train(table, target=...), which does it by itself": (
        "CategoryEncoding", "Discretization", "HashedCrossing", "Hashing", "IntegerLookup",
        "StringLookup",
    ),
    "it has no place in a chain of Dense layers; for it take Keras itself (import keras)": (
        "EinsumDense", "Identity", "Lambda", "Masking", "PReLU", "Permute", "Pipeline",
        "RepeatVector", "Reshape", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "Wrapper",
    ),
}  # fmt: skip

__all__ = [
    "ELU",
    "Activation",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "InputLayer",
    "KerasTensor",
    "Layer",
    "LeakyReLU",
    "Normalization",
    "ReLU",
    "Softmax",
    "Variable",
]


def __getattr__(name: str) -> Any:
    return lookup("layers", name, _MISSING, __all__)
