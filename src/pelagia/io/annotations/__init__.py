"""Boxes and classes that people drew: COCO, YOLO, CVAT, a folder for each class."""
