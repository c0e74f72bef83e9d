"""Files: bytes, JSON and the model file's container. Knows no networks and no tables."""
