"""The device's half of the exchange: transport, runner, schedule."""
