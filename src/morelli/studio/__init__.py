"""A studio of made-up painters: for tests, the demo and teaching. Needs the `train` extra (OpenCV)."""

from morelli.studio.studio import Studio, write_studio

__all__ = ["Studio", "write_studio"]
