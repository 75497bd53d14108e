"""What plans tell without training: activity, flights, starvation, exchanges."""
