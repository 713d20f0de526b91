"""What a consensus of annotators is written as: COCO, YOLO, and a task for CVAT."""
