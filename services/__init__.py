"""The five services, the gateway and the host that runs them."""
