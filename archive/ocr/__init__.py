"""Page image to words: engines that read one prepared page."""
