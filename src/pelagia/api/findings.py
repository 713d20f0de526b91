"""Findings as the interface shows them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from pelagia.core.result import Issue, Severity


class FindingOut(BaseModel):
    """Something that was found wrong with an input, and what to do about it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "file": "run1/image.tif",
                    "code": "content-differs",
                    "message": "The file is not a tiff file, as its name says",
                    "remedy": "Check what it is, and give it the ending that fits.",
                    "value": "png",
                    "severity": "error",
                    "objects": 0,
                }
            ]
        }
    )

    file: str
    code: str = Field(description="A short stable name.")
    message: str
    remedy: str
    value: str
    severity: Severity = Field(description="error: not processed; warning: look at it; note: good to know.")
    objects: int = Field(description="How many objects were lost or touched by it.")

    @classmethod
    def of(cls, issue: Issue) -> FindingOut:
        """Return a finding as the interface shows it."""
        return cls(
            file=issue.file,
            code=issue.code,
            message=issue.message,
            remedy=issue.remedy,
            value=issue.value,
            severity=issue.severity,
            objects=issue.objects,
        )
