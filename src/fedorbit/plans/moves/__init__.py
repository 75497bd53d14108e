"""What strategies are made of: carries, rounds in regions, ways to the ground."""
