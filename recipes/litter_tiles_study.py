"""How well litter is told from no litter on a river that the model never saw: river_jakarta, location by location.

python recipes/litter_tiles_study.py --data …/litter/river_jakarta --work /tmp/study

The set states no licence: it serves to compare methods, no weights leave this recipe. EfficientNet-Lite0 is left as
ImageNet made it; small networks learn from the boxes of two locations which cells of its maps lie on litter, and name
the tiles of the third by their surest cells. Beside it what is known from elsewhere: one logistic regression over
the mean of the last map of each tile.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import torch
from litter_ground import Photo, label_tiles, read_photos
from onnx import TensorProto, helper
from torch import nn

from pelagia.learning.session import session_options
from pelagia.learning.train.export import IR_VERSION, OPSET, Graph, add_block, add_conv, add_pixels
from pelagia.learning.train.head import fit_head
from pelagia.learning.train.network import STAGES, Backbone, Block, imagenet_weights
from pelagia.learning.train.tiles.network import last_block
from pelagia.learning.train.tiles.package import area_under_curve

SEED = 20_261_126
TILE_PX, ROWS, COLS, TOP_PX = 128, 5, 10, 8  # tiles of a frame of 1280 × 720, from this row on
SCALE, CELL_PX = 2, 16  # frames are enlarged, so that litter of 25 px covers some cells
MAPS = (2, 4, 6)  # the stages whose maps are looked at: of strides 8, 16 and 32
CHANNELS = tuple(STAGES[stage].channels for stage in MAPS)
WIDTH = sum(CHANNELS)
EMPTY_CELLS = 900  # of a frame that are learned from
HIDDEN, EPOCHS, BATCH, RATE = 128, 4, 512, 2e-3
PENALTY = 0.1

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]


def main() -> None:
    """Look at every frame, learn from two locations, measure on the third, three times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder for some 2 GB; may be thrown away")
    told = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    told.work.mkdir(parents=True, exist_ok=True)
    photos = sorted((p for split in ("train", "test") for p in read_photos(told.data, split)), key=lambda p: p.file)
    with (told.data / "images.csv").open(encoding="utf-8") as file:
        place_of = {row["file"]: row["group"] for row in csv.DictReader(file)}
    places = np.array([place_of[photo.file] for photo in photos])
    look_at(photos, told.work)
    report(photos, places, told.work)


def look_at(photos: list[Photo], work: Path) -> None:
    """Write the maps of every frame, and the cells that are learned from, of it and of a changed copy."""
    if (work / "learned.npz").is_file():
        return
    session = ort.InferenceSession(maps_model(), session_options(1), providers=["CPUExecutionProvider"])
    rows, cols = (side * TILE_PX * SCALE // CELL_PX for side in (ROWS, COLS))
    store = np.lib.format.open_memmap(
        work / "cells.npy", mode="w+", dtype=np.float16, shape=(len(photos), rows, cols, WIDTH)
    )
    tops = np.empty((len(photos), ROWS * COLS, 1280), np.float32)
    features, labels, numbers = [], [], []
    for number, photo in enumerate(photos):
        rng = np.random.default_rng((SEED, number))
        frame = photo.image[TOP_PX : TOP_PX + ROWS * TILE_PX]
        cells, tops[number] = see(frame, session)
        store[number] = cells
        kinds = cell_labels(photo.boxes - (TOP_PX, 0, 0, 0), rows, cols)
        for seen in (cells, see(changed(frame, rng), session)[0][:, ::-1]):
            litter = np.argwhere(kinds == 1)
            empty = np.argwhere(kinds == 0)
            chosen = np.concatenate([litter, empty[rng.permutation(len(empty))[:EMPTY_CELLS]]])
            features.append(seen[chosen[:, 0], chosen[:, 1]])
            labels.append(kinds[chosen[:, 0], chosen[:, 1]])
            numbers.append(np.full(len(chosen), number))
    np.save(work / "tops.npy", tops)
    np.savez(
        work / "learned.npz",
        features=np.concatenate(features),
        labels=np.concatenate(labels),
        numbers=np.concatenate(numbers),
    )


def maps_model() -> bytes:
    """Return EfficientNet-Lite0 as an ONNX model that answers with its maps."""
    backbone = Backbone(len(STAGES))
    published = imagenet_weights()
    backbone.load_state_dict({name: published[name] for name in backbone.state_dict()})
    graph = Graph()
    x = add_conv(graph, "stem", backbone._conv_stem, backbone._bn0, add_pixels(graph), clip=True)
    outputs = []
    for number, block in enumerate(backbone._blocks):
        assert isinstance(block, Block)
        x = add_block(graph, f"block{number}", block, x)
        if number in map(last_block, MAPS):
            outputs.append(x)
    outputs.append(add_conv(graph, "top", backbone._conv_head, backbone._bn1, x, clip=True))
    body = helper.make_graph(
        graph.nodes,
        "maps",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", "R", "Q", 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [f"{name}.{s}" for s in "NCHW"]) for name in outputs],
        graph.weights,
    )
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    written: bytes = model.SerializeToString()
    return written


def see(frame: npt.NDArray[np.uint8], session: ort.InferenceSession) -> tuple[Halves, Floats]:
    """Return (rows, cols, WIDTH) what is seen in each cell of 16 px, and (tiles, 1280) the mean of the last map."""
    large = cv2.resize(frame, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_LINEAR)
    fine, middle, coarse, top = session.run(None, {"image": np.ascontiguousarray(large[None])})
    rows, cols = middle.shape[2:]
    fine = fine[0].reshape(-1, rows, 2, cols, 2).mean(axis=(2, 4))
    cells = np.concatenate([fine, middle[0], coarse[0].repeat(2, axis=1).repeat(2, axis=2)])
    side = top.shape[2] // ROWS
    means = top[0].reshape(-1, ROWS, side, COLS, side).mean(axis=(2, 4)).reshape(len(top[0]), -1).T
    return cells.transpose(1, 2, 0).astype(np.float16), means


def changed(frame: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Return the frame mirrored and in another light, sometimes softer."""
    x = (frame.astype(np.float32) / 255) ** rng.uniform(0.6, 1.6) * rng.uniform(0.7, 1.3) * rng.uniform(0.8, 1.2, 3)
    grey = x.mean(axis=2, keepdims=True)
    x = np.clip((grey + (x - grey) * rng.uniform(0.2, 1.6)) * 255, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        x = np.asarray(cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 1.2)), np.uint8)
    return np.ascontiguousarray(x[:, ::-1])


def cell_labels(boxes: npt.NDArray[np.float64], rows: int, cols: int) -> npt.NDArray[np.int8]:
    """Return (rows, cols): 1 around the middle of a box, 2 elsewhere on one or beside it, 0 else."""
    kinds = np.zeros((rows, cols), np.int8)
    places = boxes * SCALE / CELL_PX
    for row, col, height, width in places:
        low_row, low_col = max(0, int(row - 0.5)), max(0, int(col - 0.5))
        high_row, high_col = int(np.ceil(row + height + 0.5)), int(np.ceil(col + width + 0.5))
        kinds[low_row : max(0, high_row), low_col : max(0, high_col)] = 2
    for row, col, height, width in places:
        middle_row, middle_col = row + height / 2, col + width / 2
        low_row, low_col = max(0, int(np.floor(middle_row - 0.75))), max(0, int(np.floor(middle_col - 0.75)))
        high_row, high_col = int(np.floor(middle_row + 0.75)) + 1, int(np.floor(middle_col + 0.75)) + 1
        kinds[low_row : max(0, high_row), low_col : max(0, high_col)] = 1
    return kinds


def learn(features: Halves, labels: npt.NDArray[np.int8]) -> tuple[nn.Module, Floats, Floats]:
    """Return a small network that tells litter from a cell, and mean and spread of what it learned from."""
    x = features.astype(np.float32)
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-3
    torch.manual_seed(SEED)
    network = nn.Sequential(nn.Dropout(0.2), nn.Linear(WIDTH, HIDDEN), nn.ReLU(), nn.Dropout(0.3), nn.Linear(HIDDEN, 1))
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.05)
    inputs, truth = torch.from_numpy((x - mean) / spread), torch.from_numpy(labels.astype(np.float32))
    steps = EPOCHS * len(inputs) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 1)
    for _ in range(steps):
        rows = torch.randint(len(inputs), (BATCH,))
        loss = nn.functional.binary_cross_entropy_with_logits(network(inputs[rows])[:, 0], truth[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network.eval(), mean, spread


@torch.no_grad()
def name_tiles(network: nn.Module, cells: Halves, mean: Floats, spread: Floats) -> Floats:
    """Return (tiles,) how sure it is that each tile of a frame holds litter: as sure as of its cells together."""
    x = torch.from_numpy((cells.reshape(-1, WIDTH).astype(np.float32) - mean) / spread)
    side = len(cells) // ROWS
    sure = network(x)[:, 0].reshape(ROWS, side, COLS, side).permute(0, 2, 1, 3).reshape(ROWS * COLS, -1)
    found: Floats = torch.logsumexp(sure, dim=1).numpy()
    return found


def tile_truth(photos: list[Photo]) -> npt.NDArray[np.int8]:
    """Return (frames, tiles): 1 litter, 0 none, −1 not known."""
    found = []
    for photo in photos:
        known = label_tiles(photo.boxes - (TOP_PX, 0, 0, 0), ROWS, COLS, TILE_PX).reshape(ROWS * COLS, -1)
        found.append(np.where(known[:, 0] > 0, 1, np.where(known[:, -1] > 0, 0, -1)))
    return np.array(found, np.int8)


def report(photos: list[Photo], places: npt.NDArray[np.str_], work: Path) -> None:
    """Print the figures of each location, of models that never saw it."""
    begun = time.process_time()
    truth, cells, tops = tile_truth(photos), np.load(work / "cells.npy", mmap_mode="r"), np.load(work / "tops.npy")
    with np.load(work / "learned.npz") as stored:
        features, labels, numbers = stored["features"], stored["labels"], stored["numbers"]
    scores = {name: np.zeros(truth.shape, np.float32) for name in ("cells", "last map")}
    for place in np.unique(places):
        other = places != place
        network, mean, spread = learn(features[other[numbers]], labels[other[numbers]])
        for number in np.flatnonzero(~other):
            scores["cells"][number] = name_tiles(network, cells[number], mean, spread)
        known = truth >= 0
        rows = known & other[:, None]
        head = fit_head(tops[rows], truth[rows].astype(np.int64), 2, penalty=PENALTY, balance=1.0)
        own = head.logits(tops[~other].reshape(-1, tops.shape[2]))
        scores["last map"][~other] = (own[:, 1] - own[:, 0]).reshape(-1, truth.shape[1])
    print("method       location            tiles  littered  AUC     F1")
    for name, score in scores.items():
        areas = []
        for place in np.unique(places):
            here, elsewhere = (truth >= 0) & (places == place)[:, None], (truth >= 0) & (places != place)[:, None]
            area = area_under_curve(score[here], truth[here] == 1)
            threshold = best_threshold(score[elsewhere], truth[elsewhere] == 1)
            f1 = f1_score(score[here] >= threshold, truth[here] == 1)
            areas.append(area)
            print(f"{name:<12} {place:<18} {here.sum():>6} {int((truth[here] == 1).sum()):>8}   {area:.4f}  {f1:.3f}")
        print(f"{name:<12} mean of the locations                {np.mean(areas):.4f}")
    print(f"{time.process_time() - begun:.0f} CPU-s to learn and measure")


def best_threshold(score: Floats, truth: npt.NDArray[np.bool_]) -> float:
    """Return the threshold of the best F1: that of the other locations, by the models that never saw them."""
    order = np.argsort(-score)
    hits = np.cumsum(truth[order])
    return float(score[order][np.argmax(2 * hits / (np.arange(1, len(order) + 1) + truth.sum()))])


def f1_score(named: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> float:
    """Return 2·hits / (named + true)."""
    return float(2 * (named & truth).sum() / (named.sum() + truth.sum()))


if __name__ == "__main__":
    main()
