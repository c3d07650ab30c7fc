"""The mail server, and the documents that billing keeps."""
