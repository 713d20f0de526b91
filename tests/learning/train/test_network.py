from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pelagia.learning.context import context_vector, context_width  # noqa: E402
from pelagia.learning.train.dataset import Examples  # noqa: E402
from pelagia.learning.train.export import check_parity, to_onnx  # noqa: E402
from pelagia.learning.train.network import Architecture, Network, adapt_head, build_network  # noqa: E402

pytestmark = pytest.mark.training

SIZES = ("width_um", "height_um")


def _examples(n: int, size_px: int, features: tuple[str, ...]) -> Examples:
    rng = np.random.default_rng(0)
    store = rng.integers(0, 256, (n, size_px, size_px, 3)).astype(np.uint8)
    sizes = np.where(np.arange(n) % 3 == 0, np.nan, rng.uniform(5, 50, n))
    context = context_vector(features, {"width_um": sizes, "height_um": sizes}, n)
    return Examples(store=store, rows=np.arange(n), labels=np.arange(n) % 3, context=context)


def test_the_published_weights_fill_the_whole_backbone() -> None:
    network = build_network(Architecture(classes=2), pretrained=True)
    assert sum(p.numel() for p in network.backbone.parameters()) == 3_371_008
    assert float(network.backbone._bn0.running_var.mean()) != 1.0


def test_a_feature_that_is_not_known_changes_nothing_whatever_its_scale() -> None:
    network = Network(Architecture(classes=3, context=SIZES, stages=3)).eval()
    known = torch.from_numpy(context_vector(SIZES, {"width_um": [10.0, 40.0, 20.0], "height_um": [5.0, 9.0, 7.0]}, 3))
    assert network.context is not None
    network.context.fit_scale(known)
    nothing = torch.zeros(1, context_width(SIZES))
    wild = nothing.clone()
    wild[0, 0] = 1e6  # a value whose flag says unknown
    assert torch.equal(network.context(nothing), network.context(wild))


@pytest.mark.parametrize("stages", [3, 7])
@pytest.mark.parametrize(("features", "hidden"), [((), 64), (SIZES, 64), (SIZES, 0)])
def test_the_exported_model_says_what_the_network_says(stages: int, features: tuple[str, ...], hidden: int) -> None:
    torch.manual_seed(1)
    architecture = Architecture(classes=3, context=features, stages=stages, context_hidden=hidden)
    network = build_network(architecture, pretrained=True).eval()
    torch.nn.init.normal_(network.head.weight, std=0.1)
    examples = _examples(12, 64, features)
    parity = check_parity(to_onnx(network, 64), network, examples)
    assert parity.agreement == 1.0
    # 16-bit weights have 11 significant bits; through at most 50 layers that stays below a few per cent.
    assert parity.largest_difference < 0.1


def test_the_exported_weights_are_kept_in_16_bits() -> None:
    network = Network(Architecture(classes=121, context=SIZES))
    weights = sum(p.numel() for p in network.parameters())
    assert len(to_onnx(network, 96)) < 2.2 * weights


def test_other_classes_keep_the_backbone_and_get_a_new_head() -> None:
    network = Network(Architecture(classes=3, context=SIZES, stages=3))
    adapted = adapt_head(network, Architecture(classes=5, context=SIZES, stages=3))
    assert adapted.head.out_features == 5
    assert torch.equal(adapted.backbone._conv_stem.weight, network.backbone._conv_stem.weight)
    assert network.context is not None
    assert adapted.context is not None
    assert torch.equal(adapted.context.layers[0].weight, network.context.layers[0].weight)
