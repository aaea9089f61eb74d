"""What every page of the desk and the portal stands on."""
