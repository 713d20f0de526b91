"""What stands in doubt on a tow, told to the user."""

from __future__ import annotations

from pelagia.core.result import Issue
from pelagia.services.ecosystem.distance import GroundPath
from pelagia.services.ecosystem.service import EcosystemParams

TOW_FINDINGS = frozenset(
    {
        *("field-of-view-unknown", "field-of-view-narrow", "distance-disagrees", "distance-unknown"),
        *("edge-factor-missing", "tow-motion-unknown", "tow-short"),
        *("navigation-short", "navigation-no-time", "navigation-rows", "navigation-jumps", "navigation-gaps"),
    }
)
"""Codes of all findings of the counting on tows, those of the navigation among them."""
SHORT_S = 50.0
"""A tow of less than a minute says little; surveys count seven minutes or more."""
UNKNOWN_SHARE = 0.1
DISAGREE = 0.15


class TowFindings:
    """Gathers the findings of one tow.

    Parameters
    ----------
    file
        The clip.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self.issues: list[Issue] = []

    def check_tow(
        self,
        params: EcosystemParams,
        path: GroundPath,
        distance_m: float | None,
        view_m: float | None,
        width_px: int,
    ) -> None:
        """Find what makes a density doubtful or impossible.

        Parameters
        ----------
        params
            Of the request.
        path
            Of the camera.
        distance_m
            Over ground; ``None`` where unknown.
        view_m
            Field of view; ``None`` where it is unknown.
        width_px
            Of the frames.
        """
        way_px = float(path.travelled_px[-1]) if len(path.time_s) else 0.0
        if path.counted_s < SHORT_S:
            self._tell(
                "tow-short",
                "Less than a minute of the tow could be counted",
                f"{path.counted_s:.0f} s",
                "Look at the findings of its frames; a density from so little is hardly one.",
            )
        if view_m is None:
            self._no_view(distance_m, way_px, width_px)
        elif params.edge == "inside" and params.system_m >= view_m:
            self._tell(
                "field-of-view-narrow",
                "The field of view is no wider than a burrow system, so that no width is left to count on",
                f"{view_m:g} m",
                "Choose edge 'widened' or 'factor', or check system_m.",
            )
        elif distance_m is None:
            self._tell(
                "distance-unknown",
                "How far the tow went is not known, so that no density can be told",
                "",
                "Give distance_m or a navigation.",
            )
        if params.edge == "factor" and params.bias_factor == 1:
            self._tell(
                "edge-factor-missing",
                "The edge effect shall be corrected by a factor, and the factor is 1",
                "1",
                "Give bias_factor, or choose edge 'inside'.",
            )
        if path.counted_s and path.unknown_share > UNKNOWN_SHARE:
            self._tell(
                "tow-motion-unknown",
                "On part of the tow the movement of the camera could not be seen",
                f"{path.unknown_share:.0%}",
                "There things may be counted twice or missed; look at that part in the player.",
            )
        if distance_m and view_m and way_px:
            self._compare(distance_m, way_px * view_m / width_px, way_px, width_px)

    def no_time(self) -> None:
        """Tell that the clip has no time, so that the navigation says nothing."""
        self._tell(
            "navigation-no-time",
            "When the tow was recorded is not known, so that the navigation could not be used",
            "",
            "Give times: started_at, or a table of places or times.",
        )

    def navigation_short(self, covered: float) -> None:
        """Tell that the navigation covers too little."""
        self._tell(
            "navigation-short",
            "The navigation covers too little of the tow and was not used",
            f"{covered:.0%}",
            "Check the times of the navigation (UTC) and of the recording.",
        )

    def _no_view(self, distance_m: float | None, way_px: float, width_px: int) -> None:
        hint = ""
        if distance_m and way_px:
            hint = f" By the distance and the movement of the image it would be {distance_m / way_px * width_px:.2f} m."
        self._tell(
            "field-of-view-unknown",
            "How wide the ground on the frame is, is not known: openings are counted, and no systems or densities",
            "",
            f"Give field_of_view_m, the width of ground at the counting line.{hint}",
        )

    def _compare(self, distance_m: float, image_m: float, way_px: float, width_px: int) -> None:
        if abs(image_m - distance_m) > DISAGREE * distance_m:
            self._tell(
                "distance-disagrees",
                f"The distance is {distance_m:.1f} m, and {image_m:.1f} m by the movement of the image",
                f"{image_m / distance_m - 1:+.0%}",
                "Check the distance and field_of_view_m; they would agree at a field of view of "
                f"{distance_m / way_px * width_px:.2f} m.",
            )

    def _tell(self, code: str, message: str, value: str, remedy: str) -> None:
        self.issues.append(Issue(file=self._file, code=code, message=message, value=value, remedy=remedy))
