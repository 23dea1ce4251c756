"""What people do: one function = one transaction = rows + history + notices + revision."""
