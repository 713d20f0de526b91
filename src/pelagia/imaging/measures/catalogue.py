"""What is measured on an object: names, units, formulas, and the digits in which ZooProcess prints them."""

from __future__ import annotations

from dataclasses import dataclass

_IMAGEJ = "ImageJ 1.41"
_ZOOPROCESS = "ZooProcess 8"
_DERIVED = "ZooProcess 8, derived"
_DEAD = "ZooProcess 8, always 0"


@dataclass(frozen=True, slots=True)
class Measure:
    """One column of the table of objects.

    Parameters
    ----------
    name
        As in EcoTaxa, without the prefix `object_`.
    unit
        Unit, "1" where there is none; grey levels are "grey".
    description
        What it is, in one line.
    decimals
        Digits after the point in the legacy tables; None where they print what the computer has.
    source
        Whose formula it is.
    """

    name: str
    unit: str
    description: str
    decimals: int | None
    source: str


LEGACY_MEASURES: tuple[Measure, ...] = (
    Measure("area", "px2", "Area, holes included", 0, _IMAGEJ),
    Measure("mean", "grey", "Mean grey, holes included", 2, _IMAGEJ),
    Measure("stddev", "grey", "Standard deviation of the grey (n - 1)", 3, _IMAGEJ),
    Measure("mode", "grey", "Most frequent grey, the lowest of equals", 0, _IMAGEJ),
    Measure("min", "grey", "Darkest grey", 0, _IMAGEJ),
    Measure("max", "grey", "Lightest grey", 0, _IMAGEJ),
    Measure("x", "px", "Centroid across, from the left edge of the box", 2, _IMAGEJ),
    Measure("y", "px", "Centroid down, from the top edge of the box", 2, _IMAGEJ),
    Measure("xm", "px", "Centroid across, weighted by grey", 2, _IMAGEJ),
    Measure("ym", "px", "Centroid down, weighted by grey", 2, _IMAGEJ),
    Measure("perim.", "px", "Length of the outline", 2, _IMAGEJ),
    Measure("bx", "px", "Left edge of the box in the scan", 0, _IMAGEJ),
    Measure("by", "px", "Top edge of the box in the scan", 0, _IMAGEJ),
    Measure("width", "px", "Width of the box", 0, _IMAGEJ),
    Measure("height", "px", "Height of the box", 0, _IMAGEJ),
    Measure("major", "px", "Long axis of the ellipse of equal area and moments", 1, _IMAGEJ),
    Measure("minor", "px", "Short axis of that ellipse", 1, _IMAGEJ),
    Measure("angle", "degree", "Angle of the long axis, counter-clockwise, 0 to 180", 1, _IMAGEJ),
    Measure("circ.", "1", "Circularity, 4 pi area / perimeter squared", 3, _IMAGEJ),
    Measure("feret", "px", "Largest distance between two points of the outline", 1, _IMAGEJ),
    Measure("intden", "grey", "Sum of the grey", 0, _IMAGEJ),
    Measure("median", "grey", "Median grey", 0, _IMAGEJ),
    Measure("skew", "1", "Skewness of the grey", 3, _IMAGEJ),
    Measure("kurt", "1", "Excess kurtosis of the grey", 3, _IMAGEJ),
    Measure("%area", "%", "Share of the area that is holes", 2, _ZOOPROCESS),
    Measure("xstart", "px", "Column of the first pixel of the top row, in the scan", 0, _IMAGEJ),
    Measure("ystart", "px", "Row of the first pixel, in the scan", 0, _IMAGEJ),
    Measure("area_exc", "px2", "Area without holes", 0, _ZOOPROCESS),
    Measure("fractal", "1", "Fractal dimension of the outline", 3, _ZOOPROCESS),
    Measure("skelarea", "px2", "Area of the skeleton", 0, _ZOOPROCESS),
    Measure("slope", "1", "Spread of the histogram counts over the spread of the levels", 3, _ZOOPROCESS),
    Measure("histcum1", "grey", "Grey below which a quarter of the object lies", 0, _ZOOPROCESS),
    Measure("histcum2", "grey", "Grey below which half of the object lies", 0, _ZOOPROCESS),
    Measure("histcum3", "grey", "Grey below which three quarters of the object lie", 0, _ZOOPROCESS),
    Measure("xmg5", "px", "Weighted centroid after a gamma of 5, across (never computed)", 0, _DEAD),
    Measure("ymg5", "px", "Weighted centroid after a gamma of 5, down (never computed)", 0, _DEAD),
    Measure("nb1", "1", "Blobs not lighter than histcum1, after an erosion", 0, _ZOOPROCESS),
    Measure("nb2", "1", "Blobs not lighter than histcum2, after an erosion", 0, _ZOOPROCESS),
    Measure("nb3", "1", "Blobs not lighter than histcum3 (never computed)", 0, _DEAD),
    Measure("compentropy", "1", "Compound entropy (never computed)", 0, _DEAD),
    Measure("compmean", "1", "Compound mean (never computed)", 0, _DEAD),
    Measure("compslope", "1", "Compound slope (never computed)", 0, _DEAD),
    Measure("compm1", "1", "Compound moment 1 (never computed)", 0, _DEAD),
    Measure("compm2", "1", "Compound moment 2 (never computed)", 0, _DEAD),
    Measure("compm3", "1", "Compound moment 3 (never computed)", 0, _DEAD),
    Measure("symetrieh", "1", "Symmetry about the short axis", 3, _ZOOPROCESS),
    Measure("symetriev", "1", "Symmetry about the long axis", 3, _ZOOPROCESS),
    Measure("symetriehc", "1", "Symmetry of the largest dark blob about its short axis", 0, _ZOOPROCESS),
    Measure("symetrievc", "1", "Symmetry of the largest dark blob about its long axis", 0, _ZOOPROCESS),
    Measure("convperim", "px", "Pixels on the edge of the convex hull", 0, _ZOOPROCESS),
    Measure("convarea", "px2", "Area of the convex hull", 0, _ZOOPROCESS),
    Measure("fcons", "grey", "Contrast of three grey levels", 3, _ZOOPROCESS),
    Measure("thickr", "1", "Largest thickness over mean thickness", 3, _ZOOPROCESS),
    Measure("tag", "1", "1, or 3 for a box 40 times as wide as high", 0, _ZOOPROCESS),
    Measure("esd", "px", "Diameter of the circle of equal area", None, _DERIVED),
    Measure("elongation", "1", "major / minor", None, _DERIVED),
    Measure("range", "grey", "max - min", None, _DERIVED),
    Measure("meanpos", "1", "(mean - max) / (mean - min)", None, _DERIVED),
    Measure("centroids", "px", "Distance between the two centroids", None, _DERIVED),
    Measure("cv", "%", "100 stddev / mean", None, _DERIVED),
    Measure("sr", "%", "100 stddev / range", None, _DERIVED),
    Measure("perimareaexc", "1", "perim. / square root of area_exc", None, _DERIVED),
    Measure("feretareaexc", "1", "feret / square root of area_exc", None, _DERIVED),
    Measure("perimferet", "1", "perim. / feret", None, _DERIVED),
    Measure("perimmajor", "1", "perim. / major", None, _DERIVED),
    Measure("circex", "1", "4 pi area_exc / perim. squared", None, _DERIVED),
    Measure("cdexc", "1", "centroids / square root of area_exc", None, _DERIVED),
)
"""Every column of the legacy table, in its order."""

MEASURES: tuple[Measure, ...] = tuple(measure for measure in LEGACY_MEASURES if measure.source != _DEAD)
"""What `measure` tells of an object, in the order of the legacy table: all but the columns that are always 0."""
