"""Clusters of devices that train experts and meet satellites now and then."""
