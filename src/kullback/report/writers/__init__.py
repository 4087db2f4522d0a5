"""One module per format: each has `write`, from the records of the worked steps to that format."""
