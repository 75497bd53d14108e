"""Pages for a browser: one for each study, and one that leads to them."""
