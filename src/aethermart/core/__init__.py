"""Values, errors and the clock: what every floor may speak of."""
