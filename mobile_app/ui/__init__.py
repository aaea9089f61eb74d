"""What screens are drawn with: text in both directions, theme, components."""
