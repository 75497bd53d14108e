"""What theory says of a strategy before anything is trained."""
