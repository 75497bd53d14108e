"""The explorer: one page that plays the plans of a study over a globe."""
