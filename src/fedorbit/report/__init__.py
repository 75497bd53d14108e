"""Report: records to tidy tables and figures."""
