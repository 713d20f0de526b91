"""The text files of a drawn project: settings, logs of the scanner's program, metadata."""

from __future__ import annotations

from pathlib import Path

LUT = "0\n65536\n1\nbefore\nyes\n1.8\n1.15\n3000\n0.07\nno\n1\n2400\n"

CONFIGURATION = """\
background_process= last
greycor= 4
resolution= {dpi}
greytaux= 0.9
method= neutral
upper= 243
minsizeesd_mm= 0.3
maxsizeesd_mm= 100
longline_mm= 1.0
jpeg= 100
frame= both
"""

SCAN_LOG = """\
PID
[Image]
Scanning_date= 20260602_1015
Scanning_area= large
Vuescan_version= 9.7.67
[VueScan]
[Input]
Source=PerfectionV700
[Crop-PerfectionV700-Flatbed]
XSize=30000
YSize=50000
PreviewXSize=30000
PreviewYSize=50000
PreviewXOffset=5247
PreviewYOffset=4016
[Prefs]
XOffset=5240
YOffset=4016

[LUT]
Color_Balance=  keep
"""

BACK_LOG = """\
Vuescan_Config_File =  vuescan_zooscan_{dpi}dpi_frame2_large.ini
[VueScan]
[Input]
Source=PerfectionV700
[Output]
RawFileName={back}_raw_1+.tif

[LUT]
Color_Balance=  manual
"""

SAMPLE = {
    "SampleId": "",
    "Ship": "none",
    "Scientificprog": "pelagia",
    "StationId": "01",
    "Date": "20260602-0830",
    "Latitude": "54.1048",
    "Longitude": "-7.5400",
    "Depth": "45",
    "CTDref": "none",
    "Otherref": "none",
    "Townb": "1",
    "Towtype": "1",
    "Nettype": "wp2",
    "Netmesh": "200",
    "Netsurf": "0.25",
    "Zmax": "40",
    "Zmin": "0",
    "Vol": "10",
    "Sample_comment": "drawn",
    "vol_qc": "1",
    "depth_qc": "1",
    "sample_qc": "1111",
    "barcode": "none",
    "latitude_end": "54.1048",
    "longitude_end": "-7.5400",
    "net_duration": "5",
    "ship_speed_knots": "0",
    "cable_length": "40",
    "cable_angle": "0",
    "cable_speed": "0.5",
    "nb_jar": "1",
}

SCAN = {
    "Scanop": "pelagia",
    "FracId": "tot",
    "Fracmin": "200",
    "Fracsup": "999999",
    "Fracnb": "8",
    "Observation": "no",
    "Code": "1",
    "SubMethod": "motoda",
    "CellPart": "1",
    "Replicates": "1",
    "VolIni": "1",
    "VolPrec": "1",
}


def write_texts(folder: Path, *, name: str, back: str, dpi: int) -> None:
    """Write what stands beside the images of a project.

    Parameters
    ----------
    folder
        Of the project.
    name, back
        Of the scan (sample and fraction) and of its background.
    dpi
        Resolution of the scan.
    """
    sample_id = name.removesuffix("_tot")
    sample = SAMPLE | {"SampleId": sample_id}
    scan = {"scanid": f"{name}_1", "sampleid": sample_id} | {key.lower(): value for key, value in SCAN.items()}
    texts = {
        "Zooscan_config/lut.txt": LUT,
        "Zooscan_config/process_install_both_config.txt": CONFIGURATION.format(dpi=dpi),
        f"Zooscan_scan/_raw/{name}_1_log.txt": SCAN_LOG,
        f"Zooscan_scan/_raw/{name}_1_meta.txt": _keyed(sample | SCAN),
        f"Zooscan_back/{back}_manual_log.txt": BACK_LOG.format(back=back, dpi=dpi),
        "Zooscan_meta/zooscan_sample_header_table.csv": _table({key.lower(): value for key, value in sample.items()}),
        "Zooscan_meta/zooscan_scan_header_table.csv": _table(scan),
    }
    for place, text in texts.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="latin-1", newline="\r\n")


def _keyed(values: dict[str, str]) -> str:
    return "".join(f"{key}= {value}\n" for key, value in values.items())


def _table(row: dict[str, str]) -> str:
    return f"{';'.join(row)}\n{';'.join(row.values())}\n"
