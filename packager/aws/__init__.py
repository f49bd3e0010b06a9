"""The only package that imports boto3: sessions, one client for all services, deliveries, and online checks."""
