"""An oil, with all that its weathering needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Oil:
    """An oil as the model needs it.

    Parameters
    ----------
    name
        As in the table.
    api
        API gravity, °API.
    density_kg_m3
        At 15 °C.
    viscosity_mm2_s
        Kinematic, at ``viscosity_temperature_c``.
    viscosity_temperature_c
        °C.
    residual_fraction
        Share of the mass that does not evaporate, 0 to 1.
    residual_density_kg_m3
        Of that share.
    vapour_pressure_bar
        Of the fresh oil.
    max_water_fraction
        Of its emulsion; ``None`` for the relation with API gravity.
    estimated
        Names of the values above that no record told: they are from relations.
    reference
        Who measured it.
    record_id
        Of the table; empty for an oil of the user.
    """

    name: str
    api: float
    density_kg_m3: float
    viscosity_mm2_s: float
    viscosity_temperature_c: float
    residual_fraction: float
    residual_density_kg_m3: float
    vapour_pressure_bar: float
    max_water_fraction: float | None = None
    estimated: tuple[str, ...] = ()
    reference: str = ""
    record_id: str = ""
