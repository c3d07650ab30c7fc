"""What services tell each other: events, the choreography, and the bodies of calls between gateway and services."""
