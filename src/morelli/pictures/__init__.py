"""Pictures: bytes and paths in, uint8 arrays (h, w, 3) out, sRGB and upright."""
