"""Report -> text: one file per format."""
