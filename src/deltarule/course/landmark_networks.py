"""Networks of seven decades: what training took, how many numbers they adjust, and how many examples.

Training compute is counted in floating-point operations. Where a paper states none, it is the estimate of
J. Sevilla, L. Heim, A. Ho, T. Besiroglu, M. Hobbhahn and P. Villalobos (2022), "Compute Trends Across
Three Eras of Machine Learning", arXiv:2202.05924, with its data.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LandmarkNetwork:
    """A network with its numbers as published; `examples` is None where no source states them."""

    name: str
    year: int
    operations: float
    parameters: float
    examples: float | None
    unit: str
    source: str
    operations_source: str = "Sevilla et al. (2022)"


LANDMARK_NETWORKS = (
    LandmarkNetwork(
        "Perceptron", 1958, 6.95e5, 512, None, "images",
        "Rosenblatt (1958), Psychological Review 65; weights: Hay, Lynch and Smith (1960), Mark I "
        "Perceptron Operators' Manual",
    ),
    LandmarkNetwork(
        "ADALINE", 1960, 9.9e3, 17, 100, "patterns",
        "Widrow and Hoff (1960), Adaptive Switching Circuits",
    ),
    LandmarkNetwork(
        "NETtalk", 1987, 8.12e10, 18_629, 1024, "words",
        "Sejnowski and Rosenberg (1987), Complex Systems 1",
    ),
    LandmarkNetwork(
        "Zip codes", 1989, 4.34e10, 9760, 7291, "images",
        "LeCun et al. (1989), Neural Computation 1",
    ),
    LandmarkNetwork(
        "LeNet-5", 1998, 2.81e12, 60_000, 60_000, "images",
        "LeCun, Bottou, Bengio and Haffner (1998), Proceedings of the IEEE 86",
    ),
    LandmarkNetwork(
        "Deep MLP", 2010, 1.31e14, 1.211e7, 60_000, "images",
        "Cireșan, Meier, Gambardella and Schmidhuber (2010), Neural Computation 22",
    ),
    LandmarkNetwork(
        "AlexNet", 2012, 4.7e17, 6e7, 1.2e6, "images",
        "Krizhevsky, Sutskever and Hinton (2012), NIPS 25",
    ),
    LandmarkNetwork(
        "ResNet-152", 2015, 1.21e19, 6e7, 1.28e6, "images",
        "He, Zhang, Ren and Sun (2016), CVPR; weights: Sevilla et al. (2022)",
    ),
    LandmarkNetwork(
        "BERT-Large", 2018, 2.85e20, 3.4e8, 3.3e9, "words",
        "Devlin, Chang, Lee and Toutanova (2019), NAACL",
    ),
    LandmarkNetwork(
        "GPT-3", 2020, 3.14e23, 1.75e11, 3e11, "tokens",
        "Brown et al. (2020), NeurIPS 33, table D.1", "the same table",
    ),
    LandmarkNetwork(
        "Llama 3.1", 2024, 3.8e25, 4.05e11, 1.56e13, "tokens",
        "Grattafiori et al. (2024), The Llama 3 Herd of Models", "the same paper",
    ),
)  # fmt: skip


def landmark_network(name: str) -> LandmarkNetwork:
    """Return the network with this name."""
    return next(one for one in LANDMARK_NETWORKS if one.name == name)
