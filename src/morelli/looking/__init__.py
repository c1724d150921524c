"""Pictures of what a network sees: views, heatmaps, diagrams. Heatmaps need the `train` extra; the rest does not."""
