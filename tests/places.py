"""When and where the tests happen; importable where no server is."""

START = 1_795_500_000_000  # 24 November 2026
HOME, NEAR, FAR = "09.541.01.03", "09.541.01.02", "01.051.01.01"
"""A commune, one of the same province, one of another."""
