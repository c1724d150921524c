"""Splits, pairs, figures, intervals, calibration, evaluation: catalogues and arrays in, plain values out."""
