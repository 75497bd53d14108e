"""The numbers behind figures and claims: tidy tables, metrics, statistics."""
