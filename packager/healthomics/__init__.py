"""What AWS HealthOmics is: its limits, its requests, its answers and its messages."""
