"""The claims of papers: what they measure, and their verdicts."""
