"""Systems: one TOML file each, published or our own, and their reader."""
