"""New versions of a service: beside the old one, judged by their own telemetry, promoted or rolled back."""
