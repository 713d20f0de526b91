"""Weights: classification, calibration, training, evaluation, export."""
