"""An observatory made from nothing, for those who want to try the service before they have recordings of their own.

Nothing in it is copied from a recording: water, bottom and animals are drawn. Its place on the map is that of a real
observatory, so that day and night are right; what lives there is not told by it.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pelagia.core.service import Sample
from pelagia.services.ecosystem.sample.filming import Film, draw_clip, draw_stills
from pelagia.services.ecosystem.sample.reef import Reef
from pelagia.services.ecosystem.sample.visits import Visit

FOLDER, FILM, SERIES = "Drawn_reef", "camera_1", "stills"
PLACES, TEMPERATURE = "places.csv", "temperature.csv"
STARTED = datetime(2024, 4, 22, 8, tzinfo=UTC)
STILLS, STILL_NAME = 6, "%Y%m%d-%H%M%S-camera_2.jpg"
LATITUDE, LONGITUDE = 41.1819, 1.7524
"""Off Vilanova i la Geltrú, where the OBSEA observatory stands."""
VISITS = (
    Visit("Diplodus vulgaris", 2.0, 8.0, row=0.45, length=0.17),
    Visit("Chromis chromis", 3.0, 7.5, row=0.40, length=0.11, to_left=True, haze=0.3),
    Visit("Coris julis", 10.0, 16.0, row=0.60, length=0.16, turns=True),
)


def make_sample(folder: Path, /) -> Sample:
    """Write a clip and a series of stills of two cameras, where they stand, and the temperature beside them.

    Parameters
    ----------
    folder
        An empty folder.
    """
    (folder / FOLDER / FILM).mkdir(parents=True)
    (folder / FOLDER / SERIES).mkdir()
    clip = Reef(visits=VISITS, duration_s=20, seed=4)
    draw_clip(folder / FOLDER / FILM / f"{STARTED:%Y%m%d-%H%M%S}-{FILM}.mp4", clip, Film(key_every_s=1))
    times = [60.0 * number + 1 for number in range(STILLS)]
    draw_stills(folder / FOLDER / SERIES, _series(times), times, STARTED, STILL_NAME)
    (folder / PLACES).write_text(_places(), encoding="utf-8")
    (folder / TEMPERATURE).write_text(_temperature(), encoding="utf-8")
    return Sample(
        inputs={"recordings": (FOLDER,), "places": (PLACES,), "environment": (TEMPERATURE,)},
        params={"profile": "fish", "bin_minutes": 1.0, "frames_per_s": 2.0},
    )


def _series(times_s: list[float]) -> Reef:
    """Return a scene in which somebody is there when half of the stills are taken."""
    visits = tuple(
        Visit("Diplodus vulgaris", time_s - 3, time_s + 2 + number, row=0.4 + 0.08 * number, length=0.18)
        for number, time_s in enumerate(times_s[::2])
    )
    return Reef(visits=visits, duration_s=times_s[-1] + 1, seed=5)


def _places() -> str:
    lines = ["folder,site,camera,deployment,latitude,longitude"]
    for folder, camera in ((FILM, "camera_1"), (SERIES, "camera_2")):
        lines.append(f"{folder},Drawn reef,{camera},drawn,{LATITUDE},{LONGITUDE}")
    return "\n".join(lines) + "\n"


def _temperature() -> str:
    lines = ["time,temperature (°C)"]
    for minute in range(-5, 11):
        value = 14.2 + 0.3 * math.sin(minute / 4)
        lines.append(f"{STARTED + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ},{value:.2f}")
    return "\n".join(lines) + "\n"
