"""Resource policies: what they allow, and the minimum that HealthOmics needs."""
