"""What all parts of one archive share: the data set, the samples, the software, the model, the identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from pelagia.core.result import Figure, Result
from pelagia.exports.outcome import DatasetInfo, ExportOptions
from pelagia.exports.sampling import Sampling, read_samplings

SCORE_PREFIX = "model_"
"""The figures of the summary that say how well the model did on held-out images."""


class SharedFacts(TypedDict):
    """Fields of :class:`Publication` that do not depend on what was sampled."""

    dataset: DatasetInfo
    created: str
    media_base_url: str
    software: str
    models: str
    scores: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One archive in the making.

    Parameters
    ----------
    software
        Pelagia with its version and the service's.
    models
        Name, version and checksum of each model; empty where none was used.
    scores
        The held-out figures of the model that the summary holds (keys ``model_…``), as a sentence.
    from_scans
        Whether net samples were scanned, rather than water imaged in flow.
    from_footage
        Whether a camera under water looked, rather than samples being imaged; ``samplings`` are its deployments.
    """

    dataset: DatasetInfo
    created: str
    media_base_url: str
    samplings: tuple[Sampling, ...]
    software: str
    models: str
    scores: str
    from_scans: bool = False
    from_footage: bool = False

    @property
    def dataset_name(self) -> str:
        """The short name of the data set."""
        return self.dataset.dataset_name or self.dataset.title

    def sample_event(self, sample_id: str) -> str:
        """Return the identifier of the event of taking a sample."""
        parts = (self.dataset.institution_code, self.dataset.dataset_name, sample_id)
        return ":".join(" ".join(part.split()) for part in parts if part)

    def imaged_event(self, sample_id: str) -> str:
        """Return the identifier of the sub-sample event: the part of the sample that was imaged."""
        return f"{self.sample_event(sample_id)}:imaged"

    def occurrence(self, sample_id: str, taxon: str, status: str) -> str:
        """Return the identifier of an occurrence: one per sample, taxon and status, the same at every export."""
        return f"{self.imaged_event(sample_id)}:{' '.join(taxon.split())}:{status}"


def plan(result: Result, options: ExportOptions) -> Publication:
    """Gather what all parts of the archive share."""
    return Publication(
        **shared_facts(result, options),
        samplings=read_samplings(result, options.dataset),
        from_scans="scans" in result.tables,
    )


def shared_facts(result: Result, options: ExportOptions) -> SharedFacts:
    """Return what an archive says of the data set, software and models, whatever was sampled."""
    provenance = result.provenance
    return {
        "dataset": options.dataset,
        "created": options.created.isoformat(),
        "media_base_url": options.media_base_url,
        "software": f"Pelagia {provenance.versions.get('pelagia', '')} (service {provenance.service} "
        f"{provenance.service_version})".replace("  ", " "),
        "models": "; ".join(f"{m.name} {m.version} (SHA-256 {m.sha256})" for m in provenance.models),
        "scores": _scores(result.summary),
    }


def _scores(summary: Mapping[str, Figure]) -> str:
    sentences = []
    for key, figure in summary.items():
        if not key.startswith(SCORE_PREFIX) or figure.value is None:
            continue
        interval = ""
        if figure.low is not None and figure.high is not None:
            interval = f" (95 % interval {figure.low:.3g} to {figure.high:.3g})"
        value = f"{figure.value:.3g}" if isinstance(figure.value, float) else str(figure.value)
        sentences.append(f"{figure.description}: {value}{' ' if figure.unit else ''}{figure.unit}{interval}")
    return "; ".join(sentences)
