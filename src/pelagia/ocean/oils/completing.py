"""An oil made whole: what was told of it, and relations for the rest."""

from __future__ import annotations

from dataclasses import dataclass

from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.oils.relations import (
    VISCOSITY_TEMPERATURE_C,
    api_of_density,
    density_of_api,
    first_boiling_k_of_api,
    half_boiling_k,
    residual_density,
    residue_of_api,
    vapour_pressure,
    viscosity_of_api,
    volatile_density,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOil:
    """What was told of an oil: as :class:`~pelagia.ocean.oils.oil.Oil`, ``None`` where nothing was.

    Parameters
    ----------
    name, api, density_kg_m3, viscosity_mm2_s, viscosity_temperature_c, residual_fraction, residual_density_kg_m3
        As there; API gravity or density is needed.
    vapour_pressure_bar, max_water_fraction, reference, record_id
        As there.
    first_boiling_k, half_boiling_k
        Where its boiling line begins, and where half of it has boiled, K.
    """

    name: str
    api: float | None = None
    density_kg_m3: float | None = None
    viscosity_mm2_s: float | None = None
    viscosity_temperature_c: float | None = None
    residual_fraction: float | None = None
    residual_density_kg_m3: float | None = None
    vapour_pressure_bar: float | None = None
    max_water_fraction: float | None = None
    first_boiling_k: float | None = None
    half_boiling_k: float | None = None
    reference: str = ""
    record_id: str = ""


def complete_oil(told: ToldOil) -> Oil:
    """Return an oil whose missing values are from relations; ``estimated`` names them, sorted.

    Raises
    ------
    ValueError
        Where neither API gravity nor density is told.
    """
    if told.api is None and told.density_kg_m3 is None:
        raise ValueError(f"{told.name}: neither API gravity nor density")
    values, estimated = _density(told)
    api, density = values["api"], values["density_kg_m3"]
    first_k = told.first_boiling_k if told.first_boiling_k is not None else first_boiling_k_of_api(api)
    half_k = told.half_boiling_k if told.half_boiling_k is not None else half_boiling_k(density)

    def value(name: str, told_value: float | None, otherwise: float) -> float:
        if told_value is not None:
            return told_value
        estimated.append(name)
        return otherwise

    residue = value("residual_fraction", told.residual_fraction, residue_of_api(api))
    residual = residual_density(density, volatile_density(first_k, half_k, density), residue)
    temperature = told.viscosity_temperature_c if told.viscosity_temperature_c is not None else 15.0
    if told.viscosity_mm2_s is None:
        temperature = VISCOSITY_TEMPERATURE_C
    return Oil(
        name=told.name,
        api=api,
        density_kg_m3=density,
        viscosity_mm2_s=value("viscosity_mm2_s", told.viscosity_mm2_s, viscosity_of_api(api)),
        viscosity_temperature_c=temperature,
        residual_fraction=residue,
        residual_density_kg_m3=value("residual_density_kg_m3", told.residual_density_kg_m3, residual),
        vapour_pressure_bar=value("vapour_pressure_bar", told.vapour_pressure_bar, vapour_pressure(first_k)),
        max_water_fraction=told.max_water_fraction,
        estimated=tuple(sorted(estimated)),
        reference=told.reference,
        record_id=told.record_id,
    )


def _density(told: ToldOil) -> tuple[dict[str, float], list[str]]:
    """Return API gravity and density, and which of them is from the other."""
    if told.api is None:
        assert told.density_kg_m3 is not None
        return {"api": api_of_density(told.density_kg_m3), "density_kg_m3": told.density_kg_m3}, ["api"]
    if told.density_kg_m3 is None:
        return {"api": told.api, "density_kg_m3": density_of_api(told.api)}, ["density_kg_m3"]
    return {"api": told.api, "density_kg_m3": told.density_kg_m3}, []
