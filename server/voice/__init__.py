"""What was said and recorded, heard at the desk."""
