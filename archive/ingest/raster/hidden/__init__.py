"""Images in a raster file beside the pages that a viewer shows."""
