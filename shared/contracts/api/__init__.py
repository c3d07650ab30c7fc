"""Bodies between gateway and services (`/internal/v1/…`)."""
