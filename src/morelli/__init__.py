"""Did the same artist paint these two pictures? A calibrated answer, for artists never seen before."""

__version__ = "0.1.0"
