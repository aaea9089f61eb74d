"""What only the device can do: ports, their adapters and their fakes."""
