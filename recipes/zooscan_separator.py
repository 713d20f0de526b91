"""The recipe of the shipped model zooscan-separator: where touching organisms of a scan meet.

python recipes/zooscan_separator.py --data …/planktonset1_isiis --work /tmp/s --out src/pelagia/catalogue/shipped

It looks for zooscan-multiples in the same place, to measure both together: run that recipe first.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np
import onnxruntime as ort
from shipping import arguments
from zooscan_sources import HELD_OUT, LOOK, POOLS, VALIDATION, in_pools, read_singles

from pelagia.imaging.cuts import Cut
from pelagia.imaging.region import Region
from pelagia.imaging.watershed import FLOOR, PLAIN, Suppression, watershed_cuts
from pelagia.learning.card import DataOrigin
from pelagia.learning.maps import to_squares
from pelagia.learning.multiples import LEAST_PROBABILITY, multiple_probabilities
from pelagia.learning.segment import Maps, Rule, cuts_from_maps
from pelagia.learning.session import session_options
from pelagia.learning.train.separation.choose import choose_floor, choose_rule
from pelagia.learning.train.separation.export import check_separator, separator_to_onnx
from pelagia.learning.train.separation.loop import SeparationRecipe, train_separator
from pelagia.learning.train.separation.measure import Merit, measure_separation, summarise
from pelagia.learning.train.separation.merges import Look, Merge, make_merges
from pelagia.learning.train.separation.package import About, draw_examples, write_separator
from pelagia.learning.train.separation.sources import Organism
from pelagia.learning.train.separation.targets import prepare

SEED = 20_261_126
SIZE_PX = 160
TRAINED_ON, CHOSEN_ON, MEASURED_ON = 14_000, 300, 800
RECIPE = SeparationRecipe(seed=SEED, epochs=4)
MIN_AREA_PX = 300
AS_IN_SCANS = replace(LOOK, shares=(0.9, 0.08, 0.02))

DATA_URL = "https://www.ncei.noaa.gov/archive/accession/0127422"
CITATION = (
    "Cowen, R. K.; Sponaugle, S.; Robinson, K.; Luo, J. (2015). PlanktonSet 1.0: Plankton imagery data collected from "
    "F.G. Walton Smith in Straits of Florida from 2014-06-03 to 2014-06-06 and used in the 2015 National Data Science "
    "Bowl (NODC Accession 0127422). NOAA National Centers for Environmental Information."
)
INTENDED = (
    "Proposing the lines along which touching organisms of a ZooScan scan are cut, for a person to accept, move or "
    "refuse; for objects that zooscan-multiples, or a person, holds to be several."
)
LIMITS = (
    "It never saw a ZooScan image, nor a pair that a person separated: none with a licence that allows it was at hand. "
    "It learned from merges that a program made of single organisms photographed by ISIIS, an underwater shadow "
    "camera, turned, scaled to 0.3 to 1.5 mm at 2400 dpi and laid on one another as light passes through them, "
    "overlapping by at most 12 %. Its figures are those on such merges of other organisms. How it does on real scans, "
    "on organisms that lie across each other, on more than three, or on detritus and fibres, is not known. Colonies "
    "and chains were left out; it may cut them. Large objects are seen at 160 pixels: what is thinner than a 160th of "
    "their length is lost to it. The source runs of the images are not known, so that neighbours may stand on both "
    "sides of the split."
)


def main() -> None:
    """Train, choose, measure, write."""
    told = arguments(__doc__ or "")
    singles = read_singles(told.data)
    learning = [pool for pool in range(POOLS) if pool not in (*HELD_OUT, *VALIDATION)]
    trained_on = in_pools(singles, learning)
    prepared = prepare(told.work / "merges", trained_on, LOOK, count=TRAINED_ON, size_px=SIZE_PX, seed=SEED)
    network, losses = train_separator(
        prepared,
        RECIPE,
        told.work / "training",
        lambda epoch, loss: print(f"epoch {epoch + 1}: {loss:.4f}", flush=True),
    )
    model = separator_to_onnx(network, SIZE_PX)
    difference = check_separator(model, network, np.asarray(prepared.squares[:64]))
    ask = _asker(model)

    chosen_on = _merges(in_pools(singles, VALIDATION), LOOK, CHOSEN_ON, SEED + 1)
    floor = _floor(told.work / "floor.json", chosen_on)
    print(f"the floor chosen here: {floor}; in the code: {FLOOR}", flush=True)
    rule = _rule(told.work / "rule.json", chosen_on, ask)
    print(f"rule: {rule}", flush=True)

    held_out = in_pools(singles, HELD_OUT)
    even = _merges(held_out, LOOK, MEASURED_ON, SEED + 2)
    scan = _merges(held_out, AS_IN_SCANS, MEASURED_ON, SEED + 3)
    merits = _merits(even, ask, rule, floor, "")
    merits |= _merits(scan, ask, rule, floor, ", one in ten several")
    merits |= _with_classifier(scan, ask, rule, told.out / "zooscan-multiples" / "1.0.0")
    write_separator(
        told.out / "zooscan-separator" / "1.0.0",
        model=model,
        about=_about(len(trained_on)),
        size_px=SIZE_PX,
        rule=rule,
        merits=merits,
        measured_on=_measured_on(len(held_out)),
        recipe={
            **asdict(RECIPE),
            "merges": TRAINED_ON,
            "look": asdict(LOOK),
            "classes_left_out": "see recipes/zooscan_sources.py",
            "losses": [round(loss, 4) for loss in losses],
            "difference_after_export": difference,
            "floor": asdict(floor),
        },
        examples=draw_examples(even[:32], [_cuts(merge.region, ask, rule) for merge in even[:32]]),
    )
    for name, merit in merits.items():
        print(name, asdict(merit), flush=True)


def _floor(kept: Path, chosen_on: list[Merge]) -> Suppression:
    """Choose the suppression of the watershed, or read what was chosen before."""
    if not kept.is_file():
        kept.write_text(json.dumps(asdict(choose_floor(chosen_on, min_area_px=MIN_AREA_PX))), encoding="utf-8")
    return Suppression(**json.loads(kept.read_text(encoding="utf-8")))


def _rule(kept: Path, chosen_on: list[Merge], ask: Callable[[Region], Maps]) -> Rule:
    """Choose how maps become parts, or read what was chosen before."""
    if not kept.is_file():
        maps = [ask(merge.region) for merge in chosen_on]
        rule = choose_rule(chosen_on, maps, size_px=SIZE_PX, min_area_px=MIN_AREA_PX)
        kept.write_text(json.dumps(asdict(rule)), encoding="utf-8")
    return Rule(**json.loads(kept.read_text(encoding="utf-8")))


def _merges(organisms: list[Organism], look: Look, count: int, seed: int) -> list[Merge]:
    return list(islice(make_merges(organisms, look, np.random.default_rng(seed)), count))


def _asker(model: bytes) -> Callable[[Region], Maps]:
    session = ort.InferenceSession(model, session_options(1), providers=["CPUExecutionProvider"])

    def ask(region: Region) -> Maps:
        logits = session.run(["logits"], {"image": to_squares([region], SIZE_PX)})[0][0]
        maps: Maps = 1 / (1 + np.exp(-logits))
        return maps

    return ask


def _cuts(region: Region, ask: Callable[[Region], Maps], rule: Rule) -> list[Cut]:
    return cuts_from_maps(region, ask(region), rule, size_px=SIZE_PX, min_area_px=MIN_AREA_PX)


def _merits(
    merges: list[Merge], ask: Callable[[Region], Maps], rule: Rule, floor: Suppression, where: str
) -> dict[str, Merit]:
    """Return the figures of the model, of the suppressed and the plain watershed, and of no cut at all."""
    ways: dict[str, Callable[[Region], list[Cut]]] = {
        "this model": lambda region: _cuts(region, ask, rule),
        "watershed, suppressed (the floor)": lambda region: watershed_cuts(region, floor, min_area_px=MIN_AREA_PX),
        "plain distance-transform watershed": lambda region: watershed_cuts(region, PLAIN),
        "nothing is cut": lambda region: [],
    }
    return {f"{name}{where}": _merit(merges, way) for name, way in ways.items()}


def _with_classifier(
    merges: list[Merge], ask: Callable[[Region], Maps], rule: Rule, classifier: Path
) -> dict[str, Merit]:
    """Return the figures of both models as a run uses them: only what is held to be several is separated."""
    probability = multiple_probabilities([merge.region for merge in merges], classifier, threads=1)
    several = {id(merge.region) for merge, p in zip(merges, probability, strict=True) if p >= LEAST_PROBABILITY}
    merit = _merit(merges, lambda region: _cuts(region, ask, rule) if id(region) in several else [])
    return {"zooscan-multiples, then this model, one in ten several": merit}


def _merit(merges: list[Merge], way: Callable[[Region], list[Cut]]) -> Merit:
    return summarise(measure_separation(merges, way, min_area_px=MIN_AREA_PX), np.random.default_rng(SEED))


def _about(organisms: int) -> About:
    return About(
        name="zooscan-separator",
        version="1.0.0",
        title="Where touching organisms meet (scanned objects)",
        instrument="ZooScan",
        created=date(2026, 11, 26),
        licence="Apache-2.0 (the weights); data: see origin",
        intended_use=INTENDED,
        limits=LIMITS,
        data=(
            DataOrigin(
                name="PlanktonSet 1.0 (a part: whole single organisms)",
                citation=CITATION,
                licence="public data of NOAA NCEI; the repository it was copied from states none",
                url=DATA_URL,
                n_images=organisms,
            ),
        ),
    )


def _measured_on(organisms: int) -> str:
    return (
        f"Measured on merges of {organisms:,} organisms that were neither trained nor chosen on ({len(HELD_OUT)} of "
        f"{POOLS} pools; organisms that look nearly alike are in one pool). First {MEASURED_ON:,} objects of which "
        "40 % are one organism, 40 % two and 20 % three; then as many with shares like those of a scan: 90, 8 and "
        "2 %. The plain watershed has the tolerance of ImageJ (0.5 px); the suppressed one had its two numbers, and "
        f"this model its rule, chosen on {CHOSEN_ON} other merges so that at most 5 % of the singles are cut."
    )


if __name__ == "__main__":
    main()
