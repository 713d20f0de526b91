"""The strip of particles on the start page, drawn as the sample is: ``python tools/screenshots/strip.py``."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from pelagia.services.flowcam.sample.drawing import Vignette, draw_particles

OUT = Path(__file__).resolve().parents[2] / "src" / "pelagia" / "ui" / "static" / "strip.webp"
HEIGHT, WIDTH, GAP, SCALE, ROUND = 176, 2240, 14, 2.6, 8
SHOWN = ("chain", "bright_cell", "dark_cell", "aggregate", "debris", "fibre")


def main() -> None:
    """Draw the strip."""
    rng = np.random.default_rng(7)
    drawn = [one for one in draw_particles(rng, 400) if one.kind in SHOWN and max(one.mask.shape) > 26]
    strip = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    left = 0
    for vignette in drawn:
        picture = _rounded(vignette)
        height, width = picture.shape[:2]
        if height > HEIGHT:
            continue
        if left + width > WIDTH:
            break
        top = (HEIGHT - height) // 2
        strip[top : top + height, left : left + width] = picture
        left += width + GAP
    OUT.write_bytes(cv2.imencode(".webp", strip[:, : left - GAP], [cv2.IMWRITE_WEBP_QUALITY, 60])[1].tobytes())


def _rounded(vignette: Vignette) -> np.ndarray:
    picture = cv2.resize(vignette.rgb[..., ::-1], None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_CUBIC)
    height, width = picture.shape[:2]
    alpha = np.zeros((height, width), np.uint8)
    cv2.rectangle(alpha, (ROUND, 0), (width - 1 - ROUND, height - 1), 255, -1)
    cv2.rectangle(alpha, (0, ROUND), (width - 1, height - 1 - ROUND), 255, -1)
    for row in (ROUND, height - 1 - ROUND):
        for column in (ROUND, width - 1 - ROUND):
            cv2.circle(alpha, (column, row), ROUND, 255, -1, cv2.LINE_AA)
    return np.dstack([picture, alpha])


if __name__ == "__main__":
    main()
