"""Training: networks, objectives, sampling, augmentation, the loop, checkpoints, export. Needs the `train` extra."""
