"""Small products true to the format of the satellites: Sentinel-1 GRD, Sentinel-2, Landsat 8, and single files."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.errors import NotGeoreferencedWarning

NAME = "S1A_IW_GRDH_1SDV_20210825T034455_20210825T034520_039385_04A6C1_0A1B"
LAT, LON, STEP = 35.9, 33.0, 0.0001
"""Of the corner of the radar scenes, and size of a pixel, °: open sea south of Cyprus at the start."""
TILT = 0.2


def place(rows: np.ndarray, cols: np.ndarray, lat: float = LAT, lon: float = LON) -> tuple[np.ndarray, np.ndarray]:
    """Return where pixels of the radar scenes lie: turned, as a pass is."""
    return lat - STEP * (rows + TILT * cols), lon + STEP * (cols - TILT * rows)


def sea(height: int, width: int, looks: float = 4.4, seed: int = 1, sea_db: float = -12.0) -> np.ndarray:
    """Return (height, width) σ⁰ of an even sea with speckle."""
    rng = np.random.default_rng(seed)
    return (10 ** (sea_db / 10) * rng.gamma(looks, 1 / looks, (height, width))).astype(np.float32)


def write_raster(path: Path, values: np.ndarray, **options: Any) -> Path:
    """Write (height, width) or (band, height, width)."""
    values = values[None] if values.ndim == 2 else values
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"driver": "GTiff", "count": values.shape[0], "height": values.shape[1], "width": values.shape[2]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", **(told | {"dtype": values.dtype} | options)) as file:
            file.write(values)
    return path


def write_safe(
    folder: Path,
    sigma0: Mapping[str, np.ndarray],
    *,
    noise: float = 0.0,
    lat: float = LAT,
    lon: float = LON,
    product_type: str = "GRD",
    has_azimuth_noise: bool = True,
    name: str = NAME,
) -> Path:
    """Write a Sentinel-1 GRD product of some polarisations; its look-up tables change in both directions."""
    safe = folder / f"{name}.SAFE"
    shape = next(iter(sigma0.values())).shape
    told = {"noise": noise, "product_type": product_type, "has_azimuth_noise": has_azimuth_noise}
    for polarisation, path in write_description(safe, shape, tuple(sigma0), lat=lat, lon=lon, **told).items():
        power = np.maximum(sigma0[polarisation] * gain_at(shape) ** 2 + noise * noise_at(shape), 0)
        counts = np.clip(np.round(np.sqrt(power)), 1, 65_535).astype(np.uint16)
        write_raster(path, counts, gcps=gcps(shape, lat, lon), crs="EPSG:4326")
    return safe


def write_description(
    safe: Path,
    shape: tuple[int, int],
    polarisations: tuple[str, ...],
    *,
    lat: float = LAT,
    lon: float = LON,
    noise: float = 0.0,
    product_type: str = "GRD",
    has_azimuth_noise: bool = True,
) -> dict[str, Path]:
    """Write all of such a product but its pictures; return where these belong, by polarisation."""
    objects, pictures = [], {}
    for number, polarisation in enumerate(polarisations, 1):
        stem = f"s1a-iw-grd-{polarisation.lower()}-20210825t034455-20210825t034520-039385-04a6c1-{number:03d}"
        texts = {
            f"annotation/{stem}.xml": annotation(shape, polarisation, lat, lon, product_type),
            f"annotation/calibration/calibration-{stem}.xml": calibration(shape),
            f"annotation/calibration/noise-{stem}.xml": noises(shape, noise, has_azimuth=has_azimuth_noise),
        }
        for path, text in texts.items():
            (safe / path).parent.mkdir(parents=True, exist_ok=True)
            (safe / path).write_text(text)
        picture = f"measurement/{stem}.tiff"
        pictures[polarisation] = safe / picture
        objects += [
            f'<dataObject ID="{Path(path).stem}" repID="s1Level1{kind}Schema"><byteStream mimeType="text/xml" size="1">'
            f'<fileLocation locatorType="URL" href="./{path}"/></byteStream></dataObject>'
            for kind, path in zip(("Product", "Calibration", "Noise", "Measurement"), (*texts, picture), strict=True)
        ]
    (safe / "manifest.safe").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1">'
        f"<dataObjectSection>{''.join(objects)}</dataObjectSection></xfdu:XFDU>"
    )
    return pictures


def gain_at(shape: tuple[int, int], rows: slice = slice(None)) -> np.ndarray:
    """Return the calibration of every pixel (of some rows), bilinear as its table is."""
    return _gain(np.arange(shape[0])[rows, None], np.arange(shape[1])[None], shape)


def _gain(rows: Any, cols: Any, shape: tuple[int, int]) -> Any:
    return 2_000 + 200 * rows / (shape[0] - 1) + 500 * cols / (shape[1] - 1)


def noise_at(shape: tuple[int, int]) -> np.ndarray:
    """Return the noise of every pixel, over that of the first."""
    rows, cols = np.arange(shape[0])[:, None], np.arange(shape[1])[None]
    return (1 + cols / (shape[1] - 1)) * (1 + 0.5 * rows / (shape[0] - 1))


def ties(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Return lines and pixels of the grid of places."""
    lines = np.unique(np.linspace(0, shape[0] - 1, 6).astype(int))
    pixels = np.unique(np.linspace(0, shape[1] - 1, 8).astype(int))
    return [(int(line), int(pixel)) for line in lines for pixel in pixels]


def gcps(shape: tuple[int, int], lat: float = LAT, lon: float = LON) -> list[GroundControlPoint]:
    """Return the ground control points that a measurement holds."""
    found = []
    for row, col in ties(shape):
        one_lat, one_lon = place(np.array(row), np.array(col), lat, lon)
        found.append(GroundControlPoint(row, col, float(one_lon), float(one_lat)))
    return found


def annotation(shape: tuple[int, int], polarisation: str, lat: float, lon: float, product_type: str) -> str:
    """Return the annotation of a band."""
    points = []
    for line, pixel in ties(shape):
        one_lat, one_lon = place(np.array(line + 0.5), np.array(pixel + 0.5), lat, lon)
        points.append(
            "<geolocationGridPoint><azimuthTime>2021-08-25T03:44:55.000000</azimuthTime>"
            f"<line>{line}</line><pixel>{pixel}</pixel><latitude>{one_lat:.12e}</latitude>"
            f"<longitude>{one_lon:.12e}</longitude><height>0</height>"
            f"<incidenceAngle>{30 + 10 * pixel / shape[1]:.9e}</incidenceAngle></geolocationGridPoint>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><product><adsHeader><missionId>S1A</missionId>'
        f"<productType>{product_type}</productType><polarisation>{polarisation}</polarisation><mode>IW</mode>"
        "<startTime>2021-08-25T03:44:55.123456</startTime></adsHeader><imageAnnotation><imageInformation>"
        f"<numberOfSamples>{shape[1]}</numberOfSamples><numberOfLines>{shape[0]}</numberOfLines>"
        "</imageInformation></imageAnnotation><geolocationGrid>"
        f'<geolocationGridPointList count="{len(points)}">{"".join(points)}</geolocationGridPointList>'
        "</geolocationGrid></product>"
    )


def calibration(shape: tuple[int, int]) -> str:
    """Return the table of calibration, at the corners and in the middle."""
    pixels = sorted({0, shape[1] // 2, shape[1] - 1})
    vectors = [
        f"<calibrationVector><line>{line}</line><pixel count='3'>{' '.join(map(str, pixels))}</pixel>"
        f"<sigmaNought count='3'>{' '.join(f'{_gain(line, pixel, shape):.9e}' for pixel in pixels)}</sigmaNought>"
        "</calibrationVector>"
        for line in (0, shape[0] - 1)
    ]
    return f"<calibration><calibrationVectorList count='2'>{''.join(vectors)}</calibrationVectorList></calibration>"


def noises(shape: tuple[int, int], noise: float, *, has_azimuth: bool = True) -> str:
    """Return the tables of noise, of today's products or (without azimuth) of those before 2018."""
    across = " ".join(f"{noise * factor:.9e}" for factor in (1, 2))
    where = f"<line>0</line><pixel count='2'>0 {shape[1] - 1}</pixel>"
    if not has_azimuth:
        vector = f"<noiseVector>{where}<noiseLut count='2'>{across}</noiseLut></noiseVector>"
        return f"<noise><noiseVectorList count='1'>{vector}</noiseVectorList></noise>"
    vector = f"<noiseRangeVector>{where}<noiseRangeLut count='2'>{across}</noiseRangeLut></noiseRangeVector>"
    along = (
        f"<noiseAzimuthVector><swath>IW1</swath><firstAzimuthLine>0</firstAzimuthLine>"
        f"<firstRangeSample>0</firstRangeSample><lastAzimuthLine>{shape[0] - 1}</lastAzimuthLine>"
        f"<lastRangeSample>{shape[1] - 1}</lastRangeSample><line count='2'>0 {shape[0] - 1}</line>"
        "<noiseAzimuthLut count='2'>1.0 1.5</noiseAzimuthLut></noiseAzimuthVector>"
    )
    return (
        f"<noise><noiseRangeVectorList count='1'>{vector}</noiseRangeVectorList>"
        f"<noiseAzimuthVectorList count='1'>{along}</noiseAzimuthVectorList></noise>"
    )


def write_sentinel2(
    folder: Path, bands: Mapping[str, np.ndarray], *, level: str = "L1C", offset: int | None = -1000, side_m: int = 10
) -> Path:
    """Write a Sentinel-2 product: ``B02``, … as reflectance; lossless JPEG 2000."""
    safe = folder / f"S2A_MSI{level}_20210825T081611_N0400_R121_T36SVD_20210825T101203.SAFE"
    granule = safe / "GRANULE" / f"{level}_T36SVD_A032246_20210825T082513"
    shape = next(iter(bands.values())).shape
    for name, values in bands.items():
        counts = np.round(values * 10_000 - (offset or 0)).clip(1, 65_535).astype(np.uint16)
        inner = "IMG_DATA" if level == "L1C" else "IMG_DATA/R10m"
        end = "" if level == "L1C" else "_10m"
        path = granule / inner / f"T36SVD_20210825T081611_{name}{end}.jp2"
        write_raster(path, counts, driver="JP2OpenJPEG", QUALITY=100, REVERSIBLE="YES")
    kind = "RADIO" if level == "L1C" else "BOA"
    quantification = "QUANTIFICATION_VALUE" if level == "L1C" else "BOA_QUANTIFICATION_VALUE"
    offsets = "".join(f'<{kind}_ADD_OFFSET band_id="{one}">{offset}</{kind}_ADD_OFFSET>' for one in range(13))
    (safe / f"MTD_MSI{level}.xml").write_text(
        f'<n1:Level_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product.xsd"><n1:General_Info>'
        "<Product_Info><PRODUCT_START_TIME>2021-08-25T08:16:11.024Z</PRODUCT_START_TIME>"
        "<Datatake><SPACECRAFT_NAME>Sentinel-2A</SPACECRAFT_NAME></Datatake></Product_Info>"
        f'<Product_Image_Characteristics><{quantification} unit="none">10000</{quantification}>'
        + (f"<Offset_List>{offsets}</Offset_List>" if offset is not None else "")
        + "</Product_Image_Characteristics></n1:General_Info></n1:Level_User_Product>"
    )
    (granule / "MTD_TL.xml").write_text(
        '<n1:Tile xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/Tile.xsd"><n1:General_Info>'
        "<SENSING_TIME>2021-08-25T08:25:13.456Z</SENSING_TIME></n1:General_Info><n1:Geometric_Info><Tile_Geocoding>"
        "<HORIZONTAL_CS_CODE>EPSG:32636</HORIZONTAL_CS_CODE>"
        f'<Size resolution="10"><NROWS>{shape[0]}</NROWS><NCOLS>{shape[1]}</NCOLS></Size>'
        f'<Geoposition resolution="10"><ULX>500000</ULX><ULY>3800000</ULY><XDIM>{side_m}</XDIM><YDIM>-{side_m}</YDIM>'
        "</Geoposition></Tile_Geocoding></n1:Geometric_Info></n1:Tile>"
    )
    return safe


def write_landsat(folder: Path, bands: Mapping[str, np.ndarray], *, level: str = "L1TP", sun_deg: float = 30.0) -> Path:
    """Write a Landsat 8 product: bands by number, as reflectance."""
    name = "LC08_L1TP_176036_20210825_20210901_02_T1"
    product = folder / name
    gain, add, sine = (2e-5, -0.1, np.sin(np.radians(sun_deg))) if level == "L1TP" else (2.75e-5, -0.2, 1.0)
    for number, values in bands.items():
        counts = np.round((values * sine - add) / gain).astype(np.uint16)
        transform = Affine(30, 0, 500_000, 0, -30, 3_800_000)
        write_raster(product / f"{name}_B{number}.TIF", counts, crs="EPSG:32636", transform=transform)
    group = "LEVEL1_RADIOMETRIC_RESCALING" if level == "L1TP" else "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS"
    lines = [
        "GROUP = LANDSAT_METADATA_FILE",
        "  GROUP = PRODUCT_CONTENTS",
        f'    PROCESSING_LEVEL = "{level}"',
        *[f'    FILE_NAME_BAND_{number} = "{name}_B{number}.TIF"' for number in bands],
        "  END_GROUP = PRODUCT_CONTENTS",
        "  GROUP = IMAGE_ATTRIBUTES",
        '    SPACECRAFT_ID = "LANDSAT_8"',
        "    DATE_ACQUIRED = 2021-08-25",
        '    SCENE_CENTER_TIME = "08:16:11.0245440Z"',
        f"    SUN_ELEVATION = {sun_deg}",
        "  END_GROUP = IMAGE_ATTRIBUTES",
        f"  GROUP = {group}",
        *[f"    REFLECTANCE_MULT_BAND_{number} = {gain:.4E}" for number in bands],
        *[f"    REFLECTANCE_ADD_BAND_{number} = {add:.6f}" for number in bands],
        f"  END_GROUP = {group}",
        "END_GROUP = LANDSAT_METADATA_FILE",
        "END",
    ]
    (product / f"{name}_MTL.txt").write_text("\n".join(lines))
    return product


def zipped(folder: Path) -> Path:
    """Return a zip of a folder, the folder itself in it, as products are published."""
    target = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder.parent))
    return target
