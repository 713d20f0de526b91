"""Time SAHI with a detector of Pelagia; run by ``litter_sahi.py`` with the Python of its own environment.

SAHI cuts the picture into slices as large as the windows of the detector on the ground, with the overlap it asks for.
It merges by NMS whatever the class, so that boxes stay as the detector gave them and a thing has one. Loading of the
model is not timed.
"""

import json
import sys
import time
from importlib.metadata import version

import cv2
import numpy as np
from sahi.models.base import DetectionModel
from sahi.predict import get_sliced_prediction
from sahi.prediction import ObjectPrediction

from pelagia.learning.detector import load_detector


class OnnxDetector(DetectionModel):
    """The detector, as SAHI wants it."""

    def load_model(self) -> None:
        """Load it."""
        self.model = load_detector(self.model_path)
        self.category_mapping = {str(number): name for number, name in enumerate(self.model.classes)}

    def perform_inference(self, image: np.ndarray) -> None:
        """Find what is in a slice; one at the edge of the picture is filled up."""
        side = self.model.window_px
        self.scale = 1.0 if max(image.shape[:2]) <= side else side / max(image.shape[:2])
        if self.scale < 1:
            image = cv2.resize(image, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_AREA)
        window = np.zeros((side, side, 3), np.uint8)
        window[: image.shape[0], : image.shape[1]] = image[:side, :side]
        (self._original_predictions,) = self.model.detect([window])

    def _create_object_prediction_list_from_original_predictions(
        self, shift_amount_list: list | None = None, full_shape_list: list | None = None
    ) -> None:
        """Tell where it is in the whole picture; SAHI gives one place, or a list with one."""
        shift, shape = (np.ravel(value).tolist() if value else None for value in (shift_amount_list, full_shape_list))
        found = self._original_predictions
        boxes = found.edges[:, [1, 0, 3, 2]] / self.scale
        self._object_prediction_list_per_image = [
            [
                ObjectPrediction(
                    bbox=box.tolist(),
                    category_id=int(label),
                    category_name=self.category_mapping[str(int(label))],
                    score=float(score),
                    shift_amount=shift or [0, 0],
                    full_shape=shape,
                )
                for box, score, label in zip(boxes, found.scores, found.labels, strict=True)
                if box[2] > box[0] and box[3] > box[1]
            ]
        ]


def main(picture: str, model: str, gsd_cm: float, more_overlap: float) -> None:
    """Predict, print the time and the boxes as JSON; ``more_overlap``: than the detector asks for, share of a slice."""
    detector = OnnxDetector(model_path=model, confidence_threshold=load_detector(model).score_from, device="cpu")
    scale = 1.0 if detector.model.gsd_cm is None else gsd_cm / detector.model.gsd_cm
    side = round(detector.model.window_px / scale)
    overlap = detector.model.overlap_px / detector.model.window_px + more_overlap
    start = time.perf_counter()
    result = get_sliced_prediction(
        picture,
        detector,
        slice_height=side,
        slice_width=side,
        overlap_height_ratio=overlap,
        overlap_width_ratio=overlap,
        perform_standard_pred=False,
        postprocess_type="NMS",
        postprocess_match_metric="IOS",
        postprocess_class_agnostic=True,
        verbose=0,
    )
    seconds = time.perf_counter() - start
    boxes = [one.bbox.to_xyxy() for one in result.object_prediction_list]
    told = {
        "seconds": round(seconds, 1),
        "slice px": side,
        "items": len(boxes),
        "sahi": version("sahi"),
        "boxes": [[y0, x0, y1, x1] for x0, y0, x1, y1 in boxes],
    }
    print("RESULT " + json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
