"""What the oil spill service says of itself: inputs, parameters, models, unit."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from pelagia.core.errors import BadParameter
from pelagia.core.service import InputSlot, ModelSlot, Params, Service, Unit, param
from pelagia.services.oilspill.training_service import TRAINING

Fitted = Literal["diffusivity", "wind_drift_factor", "wind_drift_angle", "start_spread"]

_SHAPES = ("*.geojson", "*.json", "*.gpkg", "*.kml", "*.gml", "*.shp", "*.zip")
_FIELDS = ("*.nc", "*.nc4", "*.zarr", "*.zarr.zip", "*/")


class OilspillParams(Params):
    """The parameters of an oil spill analysis."""

    start: str = param(
        "",
        description="When the oil was there, or began to flow (UTC, such as 2008-08-06T09:51); by default the time "
        "of the slick or of the scene",
        level="essential",
        max_length=40,
    )
    hours: float = param(24.0, description="How long to forecast", unit="h", level="essential", gt=0, le=1440)
    oil: str = param(
        "",
        description="The oil by name, as in the table of oils (pelagia oils)",
        level="essential",
        max_length=200,
    )
    api: float | None = param(
        None,
        description="API gravity of the oil, where its name is not known: the nearest oil of the table is taken",
        unit="°API",
        level="essential",
        ge=0,
        le=70,
    )
    latitude: float | None = param(
        None, description="Latitude of a spill from a point", unit="°", level="essential", ge=-85, le=85
    )
    longitude: float | None = param(
        None, description="Longitude of a spill from a point", unit="°", level="essential", ge=-180, le=360
    )
    mass_t: float | None = param(
        None,
        description="Oil of all slicks together; by default what the slicks tell, or area times thickness_um",
        unit="t",
        level="essential",
        gt=0,
        le=1e7,
    )
    volume_m3: float | None = param(
        None, description="The same as a volume", unit="m³", level="essential", gt=0, le=1e7
    )
    release_hours: float = param(
        0.0,
        description="How long oil flows from the start on; 0 for all at once",
        unit="h",
        level="essential",
        ge=0,
        le=1440,
    )
    direction: Literal["forward", "backward"] = param(
        "forward", description="Forward: where the oil goes. Backward: where it came from", level="essential"
    )
    members: int = param(
        0,
        description="Forecasts of the ensemble, for probabilities; 0 for one forecast alone",
        level="essential",
        ge=0,
        le=1000,
    )
    evaluations: int = param(
        100,
        description="Forecasts that a fit to observed slicks may take; 0 to score the forecast without a fit",
        level="essential",
        ge=0,
        le=2000,
    )
    elements: int = param(20_000, description="Elements that stand for the oil", ge=100, le=2_000_000)
    step_min: float = param(15.0, description="Time step", unit="min", ge=1, le=60)
    output_min: float = param(60.0, description="Time between two maps", unit="min", ge=1, le=1440)
    cell_m: float | None = param(
        None,
        description="Side of the cells of the maps; by default from the spread of the oil",
        unit="m",
        ge=10,
        le=50_000,
    )
    thickness_um: float = param(
        10.0, description="Thickness of a slick whose mass nobody told", unit="µm", gt=0, le=100_000
    )
    age_h: float = param(
        0.0, description="Age of the slick at the start: hours it has weathered and spread", unit="h", ge=0, le=240
    )
    wind_drift_factor: float = param(0.03, description="Drift of the oil, as a share of the wind", ge=0, le=0.1)
    wind_drift_angle_deg: float = param(
        0.0,
        description="Angle of that drift to the wind: to the right north of the equator, to the left south of it",
        unit="°",
        ge=-40,
        le=40,
    )
    wind_angle_half_m_s: float | None = param(
        None,
        description="Wind at which that angle is halved; by default it does not depend on the wind",
        unit="m/s",
        gt=0,
        le=100,
    )
    stokes: Literal["none", "file", "wind"] = param(
        "none",
        description="Stokes drift: none (the wind drift holds it), from the file of waves, or from the wind and the "
        "fetch (JONSWAP)",
    )
    diffusivity_m2_s: float = param(2.0, description="Horizontal diffusivity", unit="m²/s", ge=0, le=1000)
    vertical_diffusivity_m2_s: float = param(
        0.01, description="Vertical diffusivity above the thermocline", unit="m²/s", ge=0, le=1
    )
    deep_diffusivity_m2_s: float = param(0.0001, description="Vertical diffusivity below it", unit="m²/s", ge=0, le=1)
    thermocline_m: float = param(30.0, description="Depth of the thermocline", unit="m", gt=0, le=1000)
    scheme: Literal["runge-kutta-4", "euler"] = param(
        "runge-kutta-4", description="How paths are integrated; euler as the original model does"
    )
    evaporation: bool = param(True, description="Let the oil evaporate")
    emulsification: bool = param(True, description="Let it take up water")
    dispersion: bool = param(True, description="Let waves disperse it into the water")
    spreading: bool = param(
        True, description="Let thick oil spread under its weight (a slick older than 24 h no longer does)"
    )
    beaching: bool = param(True, description="Let it strand, seep in and wash off again")
    coast_stretch_km: float = param(
        1.0, description="Length of the stretches of the coast table", unit="km", ge=0.1, le=100
    )
    coast_type: int = param(
        1,
        description="Kind of coast where the shoreline tells none: 1 sand, 2 sand and gravel, 3 cobble, 4 rock, "
        "5 seawall, 6 exposed headland, 7 sheltered sand, 8 sheltered rock, 9 marsh",
        ge=1,
        le=9,
    )
    current_m_s: float | None = param(
        None, description="Speed of a constant current, without a file of currents", unit="m/s", ge=0, le=10
    )
    current_towards_deg: float = param(
        0.0, description="Where that current flows to, from north", unit="°", ge=0, le=360
    )
    wind_m_s: float | None = param(
        None, description="Speed of a constant wind, without a file of winds", unit="m/s", ge=0, le=60
    )
    wind_from_deg: float = param(0.0, description="Where that wind comes from, from north", unit="°", ge=0, le=360)
    temperature_c: float | None = param(
        None,
        description="Temperature of the sea; by default as the file of currents tells, 15 °C without",
        unit="°C",
        ge=-3,
        le=45,
    )
    detector: Literal["auto", "network", "dark-spots"] = param(
        "auto",
        description="How slicks are found in a scene: by the model, by dark spots alone, or auto: the model on "
        "calibrated radar scenes where it is installed, dark spots on 8-bit pictures",
    )
    probability_from: float = param(0.5, description="Least probability of a slick's pixels", unit="share", gt=0, lt=1)
    min_area_km2: float = param(0.1, description="Smaller slicks are not told", unit="km²", ge=0, le=1000)
    despeckle_px: int = param(5, description="Window of the speckle filter; 1 for none", unit="px", ge=1, le=15)
    fit: tuple[Fitted, ...] = param(
        ("diffusivity", "wind_drift_factor", "wind_drift_angle", "start_spread"),
        description="What a fit may change; what is left out stays as given",
        min_length=1,
    )
    fit_scales_km: tuple[float, ...] = param(
        (1.0, 5.0, 10.0),
        description="Scales at which forecast and observation are compared (fraction skill score)",
        unit="km",
        min_length=1,
        max_length=6,
    )
    fit_elements: int = param(5_000, description="Elements of a forecast while fitting", ge=100, le=1_000_000)

    @model_validator(mode="after")
    def _check_together(self) -> OilspillParams:
        if (self.latitude is None) != (self.longitude is None):
            raise BadParameter(
                "a point needs both coordinates",
                value=f"latitude {self.latitude}, longitude {self.longitude}",
                remedy="give latitude and longitude",
            )
        if self.mass_t is not None and self.volume_m3 is not None:
            raise BadParameter(
                "the oil is told twice",
                value=f"{self.mass_t:g} t, {self.volume_m3:g} m³",
                remedy="give mass_t or volume_m3",
            )
        if self.oil and self.api is not None:
            raise BadParameter(
                "the oil is chosen twice", value=f"{self.oil}, {self.api:g} °API", remedy="give oil or api"
            )
        if self.output_min < self.step_min:
            raise BadParameter(
                "maps cannot follow each other faster than the time step",
                value=f"output_min {self.output_min:g}, step_min {self.step_min:g}",
                remedy="give output_min of at least step_min",
            )
        return self


SERVICE = Service(
    slug="oilspill",
    title="Oil spill",
    summary="Satellite scenes → slicks → where the oil goes, what is left, which coast it reaches, how sure that is",
    version="1.0.0",
    params=OilspillParams,
    inputs=(
        InputSlot(
            name="scenes",
            description="Satellite scenes to find slicks in: Sentinel-1 GRD (SAFE folder or zip, GeoTIFF), Sentinel-2, "
            "Landsat 8/9, or an 8-bit quicklook",
            patterns=("*.SAFE/", "*.SAFE.zip", "*.zip", "*.tif", "*.tiff", "*.jp2", "*.png", "*.jpg", "*/"),
            at_least=0,
        ),
        InputSlot(
            name="slick",
            description="The slicks at the start, drawn or seen: polygons or points with their time, and tons or "
            "volume_m3, api or oil where known (GeoJSON, GeoPackage, KML, GML, shapefile)",
            patterns=_SHAPES,
            at_least=0,
        ),
        InputSlot(
            name="currents",
            description="Currents (uo, vo) and sea temperature (thetao): NetCDF or Zarr as of Copernicus Marine or any "
            "CF file",
            patterns=_FIELDS,
            at_least=0,
        ),
        InputSlot(
            name="wind",
            description="Wind 10 m above the sea (u10, v10): NetCDF or Zarr as of ERA5 or any CF file",
            patterns=_FIELDS,
            at_least=0,
        ),
        InputSlot(
            name="waves",
            description="Stokes drift at the surface (VSDX, VSDY), for stokes = file",
            patterns=_FIELDS,
            at_least=0,
        ),
        InputSlot(
            name="observed",
            description="Slicks seen later, with their times: the forecast is scored, and fitted, by them",
            patterns=_SHAPES,
            at_least=0,
        ),
        InputSlot(
            name="shoreline",
            description="Your own shoreline, with coast_type where known: lines or land polygons (or dtm.map); by "
            "default that of the whole Earth within the package",
            patterns=(*_SHAPES, "*.map"),
            at_least=0,
            at_most=1,
        ),
        InputSlot(
            name="bathymetry",
            description="Depth of the sea, for oil that settles: NetCDF, GeoTIFF, dtm.bath; by default it is deep",
            patterns=("*.nc", "*.tif", "*.tiff", "*.bath"),
            at_least=0,
            at_most=1,
        ),
        InputSlot(
            name="own_oil",
            description="Your own oil: JSON with density_kg_m3 or api, viscosity_mm2_s and what else is known",
            patterns=("*.json",),
            at_least=0,
            at_most=1,
        ),
    ),
    unit=Unit(name="analysis", plural="analyses"),
    pipeline="pelagia.services.oilspill.pipeline",
    models=(
        ModelSlot(
            role="slicks",
            default="oil-slicks@1.0.0",
            description="Finds slicks in radar scenes; dark spots are found without",
            is_optional=True,
        ),
    ),
    training=TRAINING,
    sample="pelagia.services.oilspill.sample",
    preview="pelagia.services.oilspill.preview",
)
