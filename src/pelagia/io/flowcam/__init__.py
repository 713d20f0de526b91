"""FlowCam runs as VisualSpreadsheet writes them: lists, collages, context, summaries."""

from pelagia.io.flowcam.classification import Class, Classification
from pelagia.io.flowcam.columns import LIST_COLUMNS, PARTICLE_COLUMNS, SIZE_COLUMNS, list_column
from pelagia.io.flowcam.context import Context
from pelagia.io.flowcam.crosscheck import check_spreadsheet
from pelagia.io.flowcam.cutting import cut, mask_areas, mask_issue, outside
from pelagia.io.flowcam.normalise import Setting
from pelagia.io.flowcam.particles import ParticleReader, Tally
from pelagia.io.flowcam.run import (
    FlowCamRun,
    particle_batches,
    read_classifications,
    read_run,
    run_setting,
    with_tally,
)
from pelagia.io.flowcam.runs import RunFiles, collage_file, find_runs, mask_file, mask_name
from pelagia.io.flowcam.volume import ImagedVolume, imaged_volume_ml

__all__ = [
    "LIST_COLUMNS",
    "PARTICLE_COLUMNS",
    "SIZE_COLUMNS",
    "Class",
    "Classification",
    "Context",
    "FlowCamRun",
    "ImagedVolume",
    "ParticleReader",
    "RunFiles",
    "Setting",
    "Tally",
    "check_spreadsheet",
    "collage_file",
    "cut",
    "find_runs",
    "imaged_volume_ml",
    "list_column",
    "mask_areas",
    "mask_file",
    "mask_issue",
    "mask_name",
    "outside",
    "particle_batches",
    "read_classifications",
    "read_run",
    "run_setting",
    "with_tally",
]
