"""The frozen year (H15): a school year as an archive that opens without the program, and back."""
