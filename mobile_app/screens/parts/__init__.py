"""What several screens draw alike: fields, voices, consents, long lists, who is looked for."""
