"""Plans: contacts to operations, by strategies that are found by name."""
