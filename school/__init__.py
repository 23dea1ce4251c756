"""The domain of «Листок»: knows no Flask, no Huey and no forms."""
