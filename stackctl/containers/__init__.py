"""What runs in containers beside the services: small programs of the same image."""
