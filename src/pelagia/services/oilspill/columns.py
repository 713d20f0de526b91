"""The columns of the tables: slicks, mass balance, coast, fit, and the maps cell by cell."""

from __future__ import annotations

import pyarrow as pa

from pelagia.core.table import Column

STRING, FLOAT, SINGLE, INT, SMALL, BOOL = (
    pa.string(), pa.float64(), pa.float32(), pa.int64(), pa.int32(), pa.bool_(),
)  # fmt: skip

FATES = ("unreleased", "surface", "evaporated", "dispersed", "beached", "seeped", "sedimented", "outside")
"""Where spilled oil is, in the order of the tables and figures. ``beached`` lies on the shore and may wash off again;
``seeped`` stays in it; ``outside`` left the area of the forcing."""


def _column(name: str, kind: pa.DataType, description: str, unit: str = "") -> Column:
    return Column(name=name, type=kind, description=description, unit=unit)


SLICK_COLUMNS: tuple[Column, ...] = (
    _column("slick_id", STRING, "Name of the slick, unique in the result"),
    _column("object_id", STRING, "The same, as in all tables of things seen on images"),
    _column("role", STRING, "detected (in a scene), start (of the forecast), observed (later)"),
    _column("file", STRING, "The scene or file it came from"),
    _column("observed_utc", STRING, "When it was seen; empty where unknown"),
    _column("area_km2", FLOAT, "Area", "km²"),
    _column("length_km", FLOAT, "Length along its longer axis", "km"),
    _column("width_km", FLOAT, "Area by length", "km"),
    _column("perimeter_km", FLOAT, "Perimeter", "km"),
    _column("lat", FLOAT, "Latitude of its centroid", "°"),
    _column("lon", FLOAT, "Longitude of its centroid", "°"),
    _column("probability", FLOAT, "Mean probability of its pixels; empty where a person drew it", "share"),
    _column("contrast_db", FLOAT, "How much darker it is than the sea around; empty without radar", "dB"),
    _column(
        "look_alike", STRING, "Why it may be none: low-wind, near-land, round, faint …; empty where nothing says so"
    ),
    _column("age_hint", STRING, "What its shape says of its age: fresh, hours, a day or more; a hint only"),
    _column("mass_t", FLOAT, "Oil in it, as told or from area and thickness", "t"),
    _column("mass_source", STRING, "told, or assumed (area × thickness)"),
    _column("oil", STRING, "The oil it is taken to be"),
    _column("geometry", STRING, "Its outline: GeoJSON, WGS 84"),
)

BALANCE_COLUMNS: tuple[Column, ...] = (
    _column("time_utc", STRING, "Time"),
    _column("hours", FLOAT, "Time since the start; negative backward", "h"),
    _column("spilled_t", FLOAT, "Oil spilled in the whole run", "t"),
    *(_column(f"{fate}_fraction", FLOAT, f"Share of that which is {fate}", "share") for fate in FATES),
    _column("closure_error", FLOAT, "Sum of the fractions less one", "share"),
    _column("water_fraction", FLOAT, "Water in the emulsion at the surface", "share"),
    _column("viscosity_mm2_s", FLOAT, "Viscosity of the emulsion at the surface", "mm²/s"),
    _column("density_kg_m3", FLOAT, "Density of the emulsion at the surface", "kg/m³"),
    _column("emulsion_m3", FLOAT, "Volume of oil and water at the surface", "m³"),
    _column("thickness_um", FLOAT, "Mean thickness of the thick slick", "µm"),
    _column("slick_area_km2", FLOAT, "Area of the thick and thin slick, by the law of spreading", "km²"),
    _column("wind_m_s", FLOAT, "Wind at the centre of the oil at the surface", "m/s"),
    _column("temperature_c", FLOAT, "Temperature of the sea there", "°C"),
    _column("centre_lat", FLOAT, "Centre of the oil at the surface", "°"),
    _column("centre_lon", FLOAT, "Centre of the oil at the surface", "°"),
)

COAST_COLUMNS: tuple[Column, ...] = (
    _column("stretch_id", STRING, "Name of the stretch of coast"),
    _column("coast_type", SMALL, "Kind of coast, 1 sand to 9 marsh"),
    _column("length_km", FLOAT, "Length", "km"),
    _column("lat", FLOAT, "Latitude of its middle", "°"),
    _column("lon", FLOAT, "Longitude of its middle", "°"),
    _column("beached_t", FLOAT, "Oil on it at the end that may wash off again", "t"),
    _column("seeped_t", FLOAT, "Oil in it at the end that stays", "t"),
    _column("load_kg_m", FLOAT, "Both by its length", "kg/m"),
    _column("first_arrival_utc", STRING, "When the first oil reaches it"),
    _column("first_arrival_h", FLOAT, "The same, since the start", "h"),
    _column("impact_probability", FLOAT, "Share of the ensemble's members that reach it; empty without one", "share"),
    _column("impact_low", FLOAT, "Lower 95 % bound (Wilson)", "share"),
    _column("impact_high", FLOAT, "Upper 95 % bound", "share"),
    _column("arrival_low_h", FLOAT, "First arrival: 5 % of the members that reach it are earlier", "h"),
    _column("arrival_high_h", FLOAT, "95 % of them are earlier", "h"),
    _column("load_high_kg_m", FLOAT, "95 % of all members bring less", "kg/m"),
    _column("geometry", STRING, "Its line: GeoJSON, WGS 84"),
)

GRID_COLUMNS: tuple[Column, ...] = (
    _column("south_lat", FLOAT, "Southern edge of row 0", "°"),
    _column("west_lon", FLOAT, "Western edge of column 0", "°"),
    _column("lat_step", FLOAT, "Height of a cell", "°"),
    _column("lon_step", FLOAT, "Width of a cell", "°"),
    _column("rows", SMALL, "Rows, from south to north"),
    _column("cols", SMALL, "Columns, from west to east"),
    _column("cell_m", FLOAT, "Side of a cell in the middle of the map", "m"),
    _column("crs", STRING, "Coordinate reference system"),
)

_CELL = (
    _column("row", SMALL, "Row of the cell, from south"),
    _column("col", SMALL, "Column of the cell, from west"),
    _column("lat", SINGLE, "Latitude of its middle", "°"),
    _column("lon", SINGLE, "Longitude of its middle", "°"),
)

CONCENTRATION_COLUMNS: tuple[Column, ...] = (
    _column("time_utc", STRING, "Time"),
    *_CELL,
    _column("surface_kg_m2", SINGLE, "Oil at the surface, without water", "kg/m²"),
    _column("dispersed_kg_m2", SINGLE, "Oil in the water below, all depths", "kg/m²"),
    _column("beached_kg", SINGLE, "Oil on and in the shore", "kg"),
)

PROBABILITY_COLUMNS: tuple[Column, ...] = (
    _column("time_utc", STRING, "Time; empty for the whole run"),
    *_CELL,
    _column("probability", SINGLE, "Share of the members with oil at the surface of the cell", "share"),
    _column("surface_kg_m2", SINGLE, "Mean of all members", "kg/m²"),
    _column("first_arrival_h", SINGLE, "Median of the members that reach it; whole run only", "h"),
)

TRAJECTORY_COLUMNS: tuple[Column, ...] = (
    _column("element", SMALL, "Number of the element"),
    _column("time_utc", STRING, "Time"),
    _column("lat", SINGLE, "Latitude", "°"),
    _column("lon", SINGLE, "Longitude", "°"),
    _column("depth_m", SINGLE, "Depth", "m"),
    _column("status", STRING, "unreleased, surface, dispersed, beached, sedimented or outside"),
    _column("source", SMALL, "Number of the slick or point it came from"),
)

ENSEMBLE_BALANCE_COLUMNS: tuple[Column, ...] = (
    _column("time_utc", STRING, "Time"),
    _column("hours", FLOAT, "Time since the start", "h"),
    _column("fate", STRING, "surface, evaporated …"),
    _column("mean", FLOAT, "Mean share of the members", "share"),
    _column("low", FLOAT, "5 % of the members have less", "share"),
    _column("high", FLOAT, "95 % of the members have less", "share"),
)

_CHOICES = (
    _column("diffusivity_m2_s", FLOAT, "Horizontal diffusivity", "m²/s"),
    _column("wind_drift_factor", FLOAT, "Drift as a share of the wind"),
    _column("wind_drift_angle_deg", FLOAT, "Angle of that drift to the right of the wind", "°"),
    _column("start_spread_km", FLOAT, "Standard deviation added to the positions at the start", "km"),
)

FIT_COLUMNS: tuple[Column, ...] = (
    _column("evaluation", SMALL, "Number of the forecast, in the order they were asked for"),
    _column("batch", SMALL, "Those of a batch were made at the same time"),
    *_CHOICES,
    _column("score", FLOAT, "What is maximised: mean fraction skill score of all scales and passes, 0 to 1"),
    _column("centroid_km", FLOAT, "Distance of the centres of forecast and observation, mean of the passes", "km"),
    _column("surrogate", FLOAT, "What the fitted surface says of it, noise taken off"),
    _column("surrogate_sd", FLOAT, "Its standard deviation"),
    _column("is_best", BOOL, "Whether it is the most probable choice of those tried, which is forecast with"),
)

POSTERIOR_COLUMNS: tuple[Column, ...] = (
    _column("draw", SMALL, "Number of the draw"),
    *_CHOICES,
)

SCORE_COLUMNS: tuple[Column, ...] = (
    _column("forecast", STRING, "defaults (as given), fitted, or persistence (the slick stays where it was)"),
    _column("observed_utc", STRING, "When the slick was observed that it is compared with"),
    _column("is_held_out", BOOL, "Whether that observation was kept from the fit"),
    _column("scale_km", FLOAT, "Scale of the comparison", "km"),
    _column("fss", FLOAT, "Fraction skill score, 0 to 1"),
    _column(
        "fss_useful", FLOAT, "From this score on a forecast is useful at its scale: 0.5 and half the observed share"
    ),
    _column("centroid_km", FLOAT, "Distance of the centres", "km"),
)

MEMBER_COLUMNS: tuple[Column, ...] = (
    _column("member", SMALL, "Number of the member"),
    *_CHOICES,
    _column("wind_scale", FLOAT, "Factor on the wind"),
    _column("current_scale", FLOAT, "Factor on the currents"),
    _column("start_shift_h", FLOAT, "How much later it starts", "h"),
    _column("centre_lat", FLOAT, "Centre of the oil at the surface at the end", "°"),
    _column("centre_lon", FLOAT, "Centre of the oil at the surface at the end", "°"),
    _column("beached_fraction", FLOAT, "Share on and in the shore at the end", "share"),
)
