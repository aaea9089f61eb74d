"""The public portal: an enterprise registers."""
