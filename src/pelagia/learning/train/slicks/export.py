"""From the network of slicks to ``model.onnx``, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn

from pelagia.core.errors import BadInput, Conflict
from pelagia.learning.card import MODEL_FILE
from pelagia.learning.package import read_package
from pelagia.learning.slick_segmenter import TASK
from pelagia.learning.train.base import fill_conv, read_weights, set_statistics
from pelagia.learning.train.export import IR_VERSION, OPSET, Graph, fold_norm
from pelagia.learning.train.slicks.network import FINER, ConvUnit, SlickNetwork

MOST_DIFFERENCE = 0.05  # of logits: weights are kept in 16 bits


def slicks_to_onnx(network: SlickNetwork) -> bytes:
    """Write the network as an ONNX model.

    Parameters
    ----------
    network
        In any mode; batch norms are folded into the convolutions by their running statistics.

    Returns
    -------
    bytes
        Input ``image`` float32 (N, H, W, 1), standardised, sides multiples of 32; output ``logits`` float32
        (N, H, W, C).
    """
    graph = Graph()
    x = graph.add("Transpose", ["image"], "image.planes", perm=[0, 3, 1, 2])
    x = _unit(graph, "first", network.first, _unit(graph, "stem", network.stem, x))
    levels = [x]
    for number, (down, deep) in enumerate(zip(network.down, network.deep, strict=True)):
        x = _unit(graph, f"deep{number}", deep, _unit(graph, f"down{number}", down, x))
        levels.append(x)
    for number, unit in enumerate(network.around):
        x = graph.add("Add", [x, _unit(graph, f"around{number}", unit, x)], f"around{number}.sum")
    for number in reversed(range(len(network.up))):
        x = _larger(graph, f"larger{number}", _plain(graph, f"lateral{number}", network.lateral[number], x), "nearest")
        x = graph.add("Add", [x, levels[number]], f"sum{number}")
        x = _unit(graph, f"up{number}", network.up[number], x)
    x = graph.add("DepthToSpace", [_plain(graph, "head", network.head, x)], "head.finer", blocksize=FINER, mode="CRD")
    x = _larger(graph, "logits.planes", x, "linear")
    graph.add("Transpose", [x], "logits", perm=[0, 2, 3, 1])
    body = helper.make_graph(
        graph.nodes,
        "slicks",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", "H", "W", 1])],
        [
            helper.make_tensor_value_info(
                "logits", TensorProto.FLOAT, ["N", "H", "W", network.head.out_channels // FINER**2]
            )
        ],
        graph.weights,
    )
    model = helper.make_model(
        body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="pelagia"
    )
    onnx.checker.check_model(model, full_check=False)
    written: bytes = model.SerializeToString()
    return written


def check_slicks(model: bytes, network: SlickNetwork, pictures: npt.NDArray[np.float32]) -> float:
    """Return the largest difference of the exported model's logits from the network's; too large is an error.

    Parameters
    ----------
    model
        Of :func:`slicks_to_onnx`.
    network
        The network it was made from.
    pictures
        (N, H, W) float32, standardised, to compare on.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    ours = session.run(["logits"], {"image": pictures[..., None]})[0]
    with torch.no_grad():
        theirs = network.eval().float()(torch.from_numpy(pictures)[:, None]).permute(0, 2, 3, 1).numpy()
    difference = float(np.abs(ours - theirs).max() / max(1.0, float(np.abs(theirs).max())))
    if not difference <= MOST_DIFFERENCE:
        raise Conflict(
            "the exported model does not agree with the trained one",
            value=f"largest difference {difference:.3g}",
            remedy="Train again; if it stays, report it with the card's recipe.",
        )
    return difference


def base_channels(folder: Path) -> tuple[int, ...]:
    """Return the channels of a model of slicks that was trained here.

    Parameters
    ----------
    folder
        Of its package.
    """
    card = read_package(folder, verify=False).card
    training = card.recipe.get("training")
    if card.task != TASK or not isinstance(training, dict) or not isinstance(training.get("channels"), list):
        raise BadInput(
            "this model finds no slicks or was not trained here, so that it cannot be trained on",
            value=card.reference,
            remedy="Start from oil-slicks, from a model that `pelagia train oilspill` wrote, or from chance.",
            file=str(folder),
            code="base-not-trainable",
        )
    return tuple(int(width) for width in training["channels"])


def read_slick_base(folder: Path, classes: Sequence[str]) -> SlickNetwork:
    """Return the network of a package, made to answer for other classes.

    Parameters
    ----------
    folder
        Of its package.
    classes
        Those to be learned: one of the same name keeps what it learned, others begin with the mean of all.

    Notes
    -----
    In ``model.onnx`` the batch norms are folded into the convolutions; here they only add the bias, until
    :func:`give_statistics` tells them what they see.
    """
    known = read_package(folder).card.class_names
    network = SlickNetwork(len(classes), base_channels(folder))
    weights = read_weights(folder / MODEL_FILE)
    with torch.no_grad():
        for name, unit in _units(network):
            fill_conv(unit.conv, unit.norm, name, weights)
        for number, conv in enumerate(network.lateral):
            assert isinstance(conv, nn.Conv2d)
            _fill(conv, weights[f"lateral{number}.weight"], weights[f"lateral{number}.bias"])
        rows = [[known.index(name)] if name in known else list(range(len(known))) for name in classes]
        heads = weights["head.weight"], weights["head.bias"]
        _fill(network.head, *(torch.cat([_own_rows(one)[row].mean(0) for row in rows]) for one in heads))
    return network.eval()


@torch.no_grad()
def give_statistics(network: SlickNetwork, batches: Iterable[Tensor]) -> None:
    """Give the batch norms the statistics of these pictures, leaving what the network computes unchanged.

    Parameters
    ----------
    network
        Of :func:`read_slick_base`; changed in place.
    batches
        (N, 1, H, W) of what it will be trained on.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    sums = {norm: torch.zeros(3, norm.num_features, dtype=torch.float64) for norm in norms}

    def watch(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        x = inputs[0].double()
        count = torch.full((norm.num_features,), x[:, 0].numel(), dtype=torch.float64)
        sums[norm] += torch.stack((count, x.sum((0, 2, 3)), (x * x).sum((0, 2, 3))))

    hooks = [norm.register_forward_pre_hook(watch) for norm in norms]
    network.eval()
    for batch in batches:
        network(batch)
    for hook in hooks:
        hook.remove()
    for norm in norms:
        set_statistics(norm, sums[norm])


def _units(network: SlickNetwork) -> Iterable[tuple[str, ConvUnit]]:
    """Yield every unit with its name in ``model.onnx``."""
    yield "stem", network.stem
    yield "first", network.first
    for name, units in (("down", network.down), ("deep", network.deep), ("around", network.around), ("up", network.up)):
        for number, unit in enumerate(units):
            assert isinstance(unit, ConvUnit)
            yield f"{name}{number}", unit


def _own_rows(head: Tensor) -> Tensor:
    """Return (classes, 4, …) what the head has for each class."""
    return head.reshape(-1, FINER**2, *head.shape[1:])


def _fill(conv: nn.Conv2d, weight: Tensor, bias: Tensor) -> None:
    assert conv.bias is not None
    conv.weight.copy_(weight)
    conv.bias.copy_(bias)


def _unit(graph: Graph, name: str, unit: nn.Module, x: str) -> str:
    assert isinstance(unit, ConvUnit)
    weight, bias = fold_norm(unit.conv, unit.norm)
    return graph.add("Relu", [_conv(graph, name, unit.conv, weight, bias, x)], f"{name}.relu")


def _plain(graph: Graph, name: str, conv: nn.Module, x: str) -> str:
    assert isinstance(conv, nn.Conv2d)
    assert conv.bias is not None
    weight, bias = (t.detach().float().cpu().numpy() for t in (conv.weight, conv.bias))
    return _conv(graph, name, conv, weight, bias, x)


def _conv(
    graph: Graph, name: str, conv: nn.Conv2d, weight: npt.NDArray[np.float32], bias: npt.NDArray[np.float32], x: str
) -> str:
    kernel, stride, dilation = conv.kernel_size[0], conv.stride[0], conv.dilation[0]
    inputs = [x, graph.weight(f"{name}.weight", weight), graph.weight(f"{name}.bias", bias)]
    return graph.add(
        "Conv",
        inputs,
        name,
        kernel_shape=[kernel, kernel],
        strides=[stride, stride],
        dilations=[dilation, dilation],
        pads=[dilation * (kernel // 2)] * 4,
    )


def _larger(graph: Graph, name: str, x: str, mode: str) -> str:
    """Add what doubles the sides, as torch does."""
    scales = graph.weight(f"{name}.scales", np.array([1, 1, 2, 2], np.float32))
    if mode == "nearest":
        how = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        how = {"coordinate_transformation_mode": "half_pixel"}
    return graph.add("Resize", [x, "", scales], name, mode=mode, **how)
