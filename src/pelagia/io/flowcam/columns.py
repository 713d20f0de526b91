"""The columns of FlowCam particles: those every reader gives, and those a list may carry."""

from __future__ import annotations

import pyarrow as pa

from pelagia.core.table import Column

_INT32, _INT64, _FLOAT, _TEXT = pa.int32(), pa.int64(), pa.float64(), pa.string()


def _size(name: str, unit: str, description: str) -> Column:
    return Column(name=name, type=_FLOAT, unit=unit, description=description)


SIZE_COLUMNS: tuple[Column, ...] = (
    _size("abd_um", "µm", "Area-based diameter, fringe corrected"),
    _size("area_abd_um2", "µm²", "Area of the circle of the area-based diameter"),
    _size("area_filled_um2", "µm²", "Area with holes filled, fringe corrected"),
    _size("esd_um", "µm", "Equivalent spherical diameter: mean of 36 Feret diameters, fringe corrected"),
    _size("length_um", "µm", "Largest Feret diameter, fringe corrected"),
    _size("width_um", "µm", "Smallest Feret diameter, fringe corrected, at least one pixel"),
    _size("perimeter_um", "µm", "Perimeter, without fringe correction"),
    _size("convex_perimeter_um", "µm", "Perimeter of the convex hull, fringe corrected"),
    _size("volume_abd_um3", "µm³", "Volume of the sphere of the area-based diameter"),
    _size("volume_esd_um3", "µm³", "Volume of the sphere of the equivalent spherical diameter"),
    _size("compactness", "", "Perimeter² / (4 π filled area), at least 1"),
    _size("circularity", "", "1 / compactness"),
    _size("elongation", "", "Length over breadth of the rectangle of equal perimeter and filled area"),
    _size("geodesic_length_um", "µm", "Length of the rectangle of equal perimeter and filled area"),
    _size("geodesic_thickness_um", "µm", "Breadth of the rectangle of equal perimeter and filled area"),
    _size("aspect_ratio", "", "Minor over major axis of the ellipse of inertia"),
    _size("convexity", "", "Filled area over the area of the convex hull, at most 1"),
    _size("transparency", "", "1 - ABD / ESD, at least 0"),
    _size("straightness", "", "Length / geodesic length"),
    _size("curl", "", "Geodesic length / length - 1, at least 0"),
)
"""The sizes and shapes recomputed for every particle."""

PARTICLE_COLUMNS: tuple[Column, ...] = (
    Column(name="particle_id", type=_INT64, description="The particle's number in the list"),
    Column(name="list_row", type=_INT64, description="The row of the list it stands in, counted from 1"),
    Column(name="image_uuid", type=_TEXT, description="The identifier VisualSpreadsheet 4 gave the vignette"),
    Column(name="collage", type=_TEXT, description="The collage file that holds the vignette"),
    Column(name="box_col_px", type=_INT32, unit="px", description="First column of the vignette in the collage"),
    Column(name="box_row_px", type=_INT32, unit="px", description="First row of the vignette in the collage"),
    Column(name="box_width_px", type=_INT32, unit="px", description="Width of the vignette"),
    Column(name="box_height_px", type=_INT32, unit="px", description="Height of the vignette"),
    Column(name="frame", type=_INT32, description="The number of the camera frame"),
    Column(name="frame_col_px", type=_INT32, unit="px", description="First column of the particle in the frame"),
    Column(name="frame_row_px", type=_INT32, unit="px", description="First row of the particle in the frame"),
    Column(name="ppc", type=_INT32, description="Fragments merged into this particle (not cells)"),
    Column(name="acquired_at_local", type=_TEXT, description="When the image was taken, on the instrument's clock"),
    Column(
        name="acquired_at_utc",
        type=pa.timestamp("us", tz="UTC"),
        description="When the image was taken, in UTC; missing where the clock's offset is not known",
    ),
    Column(name="pixel_size_um", type=_FLOAT, unit="µm", description="The size of one pixel"),
    *SIZE_COLUMNS,
    Column(
        name="duplicate_of",
        type=_INT64,
        description="The particle this one repeats: stuck to the flow cell, seen again at the same place",
    ),
    Column(
        name="size_mismatch",
        type=pa.bool_(),
        description="A size recomputed from the pixels differs from the one in the list",
    ),
)
"""What every reader gives for a particle, whatever the version of the file."""

LIST_COLUMNS: dict[str, tuple[str, str]] = {
    "id": ("", "Particle number"),
    "image_x": ("px", "First column of the vignette in the collage"),
    "image_y": ("px", "First row of the vignette in the collage"),
    "image_w": ("px", "Width of the vignette"),
    "image_h": ("px", "Height of the vignette"),
    "src_x": ("px", "First column in the camera frame"),
    "src_y": ("px", "First row in the camera frame"),
    "src_image": ("", "Number of the camera frame"),
    "cal_image": ("", "Number of the calibration image"),
    "ppc": ("", "Particles per chain: fragments merged"),
    "camera": ("", "Number of the camera"),
    "cal_const": ("µm/px", "Calibration constant"),
    "fringe_size": ("px", "Diffraction fringe taken off every diameter"),
    "sphere_count": ("", "Spheres fitted"),
    "raw_sphere_volume": ("px³", "Volume of the spheres fitted"),
    "raw_sphere_complement": ("px³", "Volume outside the spheres fitted"),
    "raw_sphere_unknown": ("px³", "Volume not decided by the sphere fit"),
    "raw_area": ("px", "Pixels of the particle"),
    "raw_feret_max": ("px", "Largest Feret diameter"),
    "raw_feret_min": ("px", "Smallest Feret diameter"),
    "raw_feret_mean": ("px", "Mean Feret diameter"),
    "raw_perimeter": ("px", "Perimeter"),
    "raw_convex_perimeter": ("px", "Perimeter of the convex hull"),
    "raw_legendre_major": ("px", "Major axis of the ellipse of inertia"),
    "raw_legendre_minor": ("px", "Minor axis of the ellipse of inertia"),
    "abd_area": ("µm²", "Area (ABD) as the instrument's software gives it"),
    "abd_diameter": ("µm", "Diameter (ABD) as the instrument's software gives it"),
    "length": ("µm", "Length as the instrument's software gives it"),
    "width": ("µm", "Width as the instrument's software gives it"),
    "esd_diameter": ("µm", "Diameter (ESD) as the instrument's software gives it"),
    "fd_diameter": ("µm", "Diameter of the filled area as the instrument's software gives it"),
    "aspect_ratio": ("", "Aspect ratio as the instrument's software gives it"),
    "perimeter": ("µm", "Perimeter as the instrument's software gives it"),
    "convex_perimeter": ("µm", "Convex perimeter as the instrument's software gives it"),
    "intensity": ("grey level", "Mean grey level"),
    "sigma_intensity": ("grey level", "Standard deviation of the grey level"),
    "sum_intensity": ("grey level", "Sum of the grey levels"),
    "compactness": ("", "Compactness as the instrument's software gives it"),
    "elongation": ("", "Elongation as the instrument's software gives it"),
    "roughness": ("", "Perimeter / convex perimeter as the instrument's software gives it"),
    "edge_gradient": ("grey level", "Mean gradient at the edge"),
    "elapsed_time": ("s", "Seconds since the first camera frame"),
    "circle_fit": ("", "Fit of a circle to the edge, 0 to 1"),
    "symmetry": ("", "Symmetry, 0 to 1"),
    "circularity_hu": ("", "Circularity after Hu's moments"),
    "intensity_calimage": ("grey level", "Mean grey level of the calibration image"),
    "raw_convex_hull_area": ("px", "Pixels of the convex hull"),
    "raw_filled_area": ("px", "Pixels of the particle, holes filled"),
    "filled_area": ("µm²", "Area (filled) as the instrument's software gives it"),
    "feret_max_angle": ("°", "Angle of the largest Feret diameter"),
    "feret_min_angle": ("°", "Angle of the smallest Feret diameter"),
    "avg_red": ("grey level", "Mean of the red channel"),
    "avg_green": ("grey level", "Mean of the green channel"),
    "avg_blue": ("grey level", "Mean of the blue channel"),
    **{
        f"ch{channel}_{what}": ("", f"Fluorescence or scatter channel {channel}: {what}")
        for channel in (1, 2, 3)
        for what in ("peak", "width", "area")
    },
    "timestamp": ("", "When the image was taken, local time"),
    "collage_file": ("", "Collage file"),
    "image_id": ("", "Identifier of the vignette"),
}
"""Every column of lists with 53, 57 or 65 fields: unit and meaning."""


def list_column(name: str, *, number: bool = True) -> Column:
    """Return the ``lst_<name>`` column that carries a column of the list unchanged."""
    unit, description = LIST_COLUMNS.get(name, ("", f"Column {name} of the list, unknown to Pelagia"))
    return Column(name=f"lst_{name}", type=_FLOAT if number else _TEXT, unit=unit, description=description)
