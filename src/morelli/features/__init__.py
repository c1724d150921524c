"""Features of pictures under a frozen backbone: extraction, and a cache that never hands out old ones."""
