"""Foundation models made here, without labels."""
