"""The only importer of boto3: sessions and the service's calls."""
