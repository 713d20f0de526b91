"""What GDAL raises where a part of a file is missing or damaged."""

from __future__ import annotations

from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError

READ_FAILURES = (RasterioError, CPLE_BaseError)
