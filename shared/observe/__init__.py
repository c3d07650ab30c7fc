"""What operators see: one JSON line per fact."""
