"""Documents: PDF, barcodes, and the sandbox in which templates run."""
