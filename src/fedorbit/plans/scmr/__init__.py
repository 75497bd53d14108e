"""What SC-MR asks of a scene before training, and its solution as a file."""
