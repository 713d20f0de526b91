"""What the list says of a particle, measured from its pixels and its mask by the definitions of the format."""

from __future__ import annotations

import math
from collections.abc import Mapping

import cv2
import numpy as np

from pelagia.services.flowcam.sample.camera import FRINGE_PX, PIXEL_UM, grey


def measure(rgb: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """Measure a particle by the definitions of the list, in pixels and in µm."""
    brightness = grey(rgb.astype(float))
    inside = mask > 0
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = np.concatenate(contours).reshape(-1, 2)
    hull = cv2.convexHull(points.reshape(-1, 1, 2))
    raw = {
        "ppc": len(contours),
        "raw_area": int(inside.sum()),
        "raw_filled_area": int(_filled(mask).sum()),
        "raw_perimeter": max(sum(cv2.arcLength(contour, True) for contour in contours), 4.0),
        "raw_convex_perimeter": max(cv2.arcLength(hull, True), 4.0),
        "raw_convex_hull_area": max(cv2.contourArea(hull), 1.0),
        **_ferets(points),
        **_axes(inside),
    }
    raw = {name: round(value, 4) for name, value in raw.items()}
    return raw | _sizes(raw) | _light(rgb, brightness, inside)


def _filled(mask: np.ndarray) -> np.ndarray:
    padded = np.pad(mask, 1)
    cv2.floodFill(padded, np.zeros((padded.shape[0] + 2, padded.shape[1] + 2), np.uint8), (0, 0), 2)
    filled: np.ndarray = padded[1:-1, 1:-1] != 2
    return filled


def _ferets(points: np.ndarray) -> dict[str, float]:
    angles = np.arange(-90, 90, 5)
    along = points @ np.stack([np.cos(np.radians(angles)), np.sin(np.radians(angles))])
    lengths = np.round(along.max(axis=0) - along.min(axis=0)) + 1
    return {
        "raw_feret_max": lengths.max(),
        "raw_feret_min": lengths.min(),
        "raw_feret_mean": lengths.mean(),
        "feret_max_angle": float(angles[lengths.argmax()]),
        "feret_min_angle": float(angles[lengths.argmin()]),
    }


def _axes(inside: np.ndarray) -> dict[str, float]:
    rows, cols = np.nonzero(inside)
    spread = np.cov(np.stack([cols, rows]), bias=True) + np.eye(2) / 12
    small, large = np.linalg.eigvalsh(spread)
    return {"raw_legendre_major": 4 * math.sqrt(large), "raw_legendre_minor": 4 * math.sqrt(small)}


def _sizes(raw: Mapping[str, float]) -> dict[str, float]:
    """Write the sizes as VisualSpreadsheet does; the formulas stand in the reference of the format."""

    def corrected(pixels: float) -> float:
        return max(pixels - FRINGE_PX, pixels / 2) * PIXEL_UM

    perimeter, filled = raw["raw_perimeter"], raw["raw_filled_area"]
    abd = corrected(2 * math.sqrt(raw["raw_area"] / math.pi))
    filled_diameter = corrected(2 * math.sqrt(filled / math.pi))
    root = math.sqrt(max(perimeter**2 - 16 * filled, 0))
    convex_perimeter = corrected(raw["raw_convex_perimeter"])
    return {
        "abd_area": math.pi * abd**2 / 4,
        "abd_diameter": abd,
        "length": corrected(raw["raw_feret_max"]),
        "width": max(corrected(raw["raw_feret_min"]), PIXEL_UM),
        "esd_diameter": corrected(raw["raw_feret_mean"]),
        "fd_diameter": filled_diameter,
        "filled_area": math.pi * filled_diameter**2 / 4,
        "perimeter": perimeter * PIXEL_UM,
        "convex_perimeter": convex_perimeter,
        "compactness": max(1, perimeter**2 / (4 * math.pi * filled)),
        "elongation": (perimeter + root) / (perimeter - root),
        "roughness": perimeter * PIXEL_UM / convex_perimeter,
        "aspect_ratio": raw["raw_legendre_minor"] / raw["raw_legendre_major"],
    }


def _light(rgb: np.ndarray, brightness: np.ndarray, inside: np.ndarray) -> dict[str, float]:
    values = brightness[inside]
    gradient = np.hypot(cv2.Sobel(brightness, cv2.CV_64F, 1, 0), cv2.Sobel(brightness, cv2.CV_64F, 0, 1))
    edge = inside & ~(cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    rows, cols = np.nonzero(inside)
    inertia = ((rows - rows.mean()) ** 2 + (cols - cols.mean()) ** 2).sum()
    radii = np.hypot(rows - rows.mean(), cols - cols.mean())
    turned = inside[::-1, ::-1]
    red, green, blue = rgb[inside].mean(axis=0)
    return {
        "intensity": values.mean(),
        "sigma_intensity": values.std(),
        "sum_intensity": round(values.sum()),
        "edge_gradient": min(gradient[edge].mean(), 255),
        "circle_fit": float(np.clip(1 - radii.std() / max(radii.max(), 1), 0, 1)),
        "symmetry": (inside & turned).sum() / (inside | turned).sum(),
        "circularity_hu": min(1.0, inside.sum() ** 2 / (2 * math.pi * max(inertia, 1))),
        "avg_red": red,
        "avg_green": green,
        "avg_blue": blue,
    }
