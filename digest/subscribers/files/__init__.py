"""Files of readers and of suppressions: reading, importing, exporting, moving to another list."""
