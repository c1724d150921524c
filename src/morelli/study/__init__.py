"""What runs several trainings and compares them, and the demonstration. Needs the `train` extra."""
