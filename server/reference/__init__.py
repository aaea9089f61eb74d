"""Regions, provinces, communes, the service catalogue: the files, their licences, the loader."""
