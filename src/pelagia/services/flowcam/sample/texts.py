"""The files of a run that people can read: context and summaries, as VisualSpreadsheet writes them."""

from __future__ import annotations

CONTEXT = """\
[Software]
SoftwareName=VisualSpreadsheet
SoftwareVersion={version}
CameraMagnification=10
SerialNo=SYNTH-1
[General]
LocationLatitude=
LocationLongitude=
RunStartTime={start}
RunEndTime={end}
TimeZone=
[Camera]
AutoTriggerFlag=1
ImageWidth={columns}
ImageHeight={rows}
[Fluid]
FlowCellType=FC100
FlowCellDepth={depth}
FlowCellWidth=2000
UseManualVolume=0
ManualVolumeML=1.0000
FluidVolumeImaged_ml=0.0000
UseDilutionCalculation=1
SampleDilution=1
PumpFlowRate=0.1500
CalibrationConstant={pixel:.4f}
FringeSize={fringe:.4f}
[CaptureRegion]
AcceptableLeft={left}
AcceptableRight={right}
AcceptableTop={top}
AcceptableBottom={bottom}
ImagePixelBorder={border}
[CaptureParameters]
DistanceToNeighbor=5.0000
ThresholdDark={threshold:.4f}
CloseHoles=1
[CaptureStats]
RawImageTotal={frames}
RunTimeMilliSeconds={milliseconds}
SampleVolumeAspirated={aspirated:.4f}
CalibrationFluidVolume=0.0045
VolumeCF={correction:.4f}
IncludesVolumeCF=1
AutoTrigger=1
"""

RUN_SUMMARY = """\
Run:
\tMode:  AutoImage
\tStop Reason:  Particle Count
\tSample Volume Processed: {processed:.4f} ml
\tFluid Volume Imaged: {volume:.4f} ml
\tParticle Count: {particles}

Images:
\tTotal:  {frames}
\tFrame Rate:  {rate:.2f} fps

Date/Time:
\tStart:  {start_local}
\tEnd:  {end_local}

Environment:
\tSoftware: VisualSpreadsheet {version}
\tMagnification: 10X
\tCalibration Factor: {pixel:.4f}
\tSerialNo:  SYNTH-1
"""

SUMMARY = """\
List File,{name}.lst
Start Time,{start_local}

Count,{particles}
Particles / ml,{per_ml:.0f}

Sample Volume Processed ml,{processed:.4g}
Sample Volume Imaged ml,{volume:.4g}

Summary Stats,Mean,Min,Max,StdDev,% CV
"""
